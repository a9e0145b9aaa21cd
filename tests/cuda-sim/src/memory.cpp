// Stand-in libcuda: memory. A device's memory is the host's, but every allocation belongs to one device,
// starts out as NaNs, and copies must stay inside it.
#include "sim.h"
#include <cstring>
#include <map>
#include <mutex>

using sim::counters;
using sim::current;
using sim::Device;

struct Allocation { size_t bytes; Device* owner; };
static std::mutex lock;
static auto& live = *new std::map<uintptr_t, Allocation>; // never freed: threads may outlive static objects

// Whether these bytes are of one live allocation of the current device. Being of another device counts as not:
// the real driver might copy all the same, but who asks for it has mixed two devices up.
static bool owns(uintptr_t start, size_t bytes) {
    if (bytes == 0) return true;
    std::lock_guard<std::mutex> guard(lock);
    auto after = live.upper_bound(start);
    if (after == live.begin()) return false;
    auto [base, allocation] = *std::prev(after);
    size_t offset = start - base;
    return allocation.owner == current && offset <= allocation.bytes && bytes <= allocation.bytes - offset;
}

#define NEED_CONTEXT if (!current) return CUDA_ERROR_INVALID_CONTEXT
#define NEED_OWNED(start, bytes) if (!owns(start, bytes)) return CUDA_ERROR_INVALID_VALUE

extern "C" {

bool sim_owns(const void* start, size_t bytes) { return owns((uintptr_t)start, bytes); }

CUresult cuMemAlloc_v2(CUdeviceptr* out, size_t bytes) {
    NEED_CONTEXT;
    std::lock_guard<std::mutex> guard(lock);
    if (bytes > sim::device_memory - current->used) return CUDA_ERROR_OUT_OF_MEMORY;
    void* memory = malloc(bytes ? bytes : 1);
    if (!memory) return CUDA_ERROR_OUT_OF_MEMORY;
    memset(memory, 0xff, bytes); // all ones are a NaN in every float type: reading what nobody wrote shows
    *out = (CUdeviceptr)memory;
    live[*out] = {bytes, current};
    current->used += bytes;
    counters.live_allocations++;
    counters.live_bytes += bytes;
    return CUDA_SUCCESS;
}
CUresult cuMemAllocAsync(CUdeviceptr* out, size_t bytes, void*) { return cuMemAlloc_v2(out, bytes); }

CUresult cuMemFree_v2(CUdeviceptr start) {
    if (!start) return CUDA_SUCCESS;
    std::lock_guard<std::mutex> guard(lock);
    auto found = live.find(start);
    if (found == live.end()) return CUDA_ERROR_INVALID_VALUE;
    found->second.owner->used -= found->second.bytes;
    counters.live_allocations--;
    counters.live_bytes -= found->second.bytes;
    live.erase(found);
    free((void*)start);
    return CUDA_SUCCESS;
}
CUresult cuMemFreeAsync(CUdeviceptr start, void*) { return cuMemFree_v2(start); }

CUresult cuMemGetInfo_v2(size_t* available, size_t* total) {
    NEED_CONTEXT;
    std::lock_guard<std::mutex> guard(lock);
    *total = sim::device_memory;
    *available = *total - current->used;
    return CUDA_SUCCESS;
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t bytes) {
    NEED_CONTEXT;
    NEED_OWNED(to, bytes);
    memset((void*)to, value, bytes);
    counters.memsets++;
    return CUDA_SUCCESS;
}
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes, void*) {
    return cuMemsetD8_v2(to, value, bytes);
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
    NEED_CONTEXT;
    NEED_OWNED(to, bytes);
    memcpy((void*)to, from, bytes);
    counters.copies_up++;
    counters.bytes_up += bytes;
    return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, void*) {
    return cuMemcpyHtoD_v2(to, from, bytes);
}

CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
    NEED_CONTEXT;
    NEED_OWNED(from, bytes);
    memcpy(to, (void*)from, bytes);
    counters.copies_down++;
    counters.bytes_down += bytes;
    return CUDA_SUCCESS;
}
CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, void*) {
    return cuMemcpyDtoH_v2(to, from, bytes);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    NEED_CONTEXT;
    NEED_OWNED(to, bytes);
    NEED_OWNED(from, bytes);
    memmove((void*)to, (void*)from, bytes);
    counters.copies_within++;
    counters.bytes_within += bytes;
    return CUDA_SUCCESS;
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void*) {
    return cuMemcpyDtoD_v2(to, from, bytes);
}

} // extern "C"
