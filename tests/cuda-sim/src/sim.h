// What the parts of the stand-in libcuda (and libcublas) share: error codes, devices, counters.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

// The driver API's results that are used here; their names and texts are in device.cpp.
enum CUresult : int {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NOT_INITIALIZED = 3,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_DEVICE = 101,
    CUDA_ERROR_INVALID_IMAGE = 200,
    CUDA_ERROR_INVALID_CONTEXT = 201,
    CUDA_ERROR_FILE_NOT_FOUND = 301,
    CUDA_ERROR_INVALID_HANDLE = 400,
    CUDA_ERROR_NOT_FOUND = 500,
};

// A pointer to a device's memory: here, an address of the host.
typedef uint64_t CUdeviceptr;

namespace sim {

// A device, which is its own (primary) context.
struct Device {
    int ordinal;
    size_t used; // bytes that are allocated, guarded by memory.cpp's lock
};
constexpr size_t device_memory = size_t(8) << 30;

// The calling thread's context. As with the real driver, there is none before cuCtxSetCurrent.
extern __thread Device* current;

// Counts since the process started.
struct Counters {
    std::atomic<unsigned long> launches, blas_calls, memsets;
    std::atomic<unsigned long> copies_up, bytes_up, copies_down, bytes_down, copies_within, bytes_within;
    std::atomic<unsigned long> live_allocations, live_bytes;
};
extern Counters counters;

// The launches of the kernels of this name, to be increased under launch.cpp's lock.
unsigned long* launches_of(const char* kernel);

inline int env_int(const char* name, int otherwise) {
    const char* value = getenv(name);
    return value && *value ? atoi(value) : otherwise;
}

} // namespace sim

extern "C" {
// For libcublas: counts a call.
void sim_count_blas();
// For libcublas: whether these bytes are of one live allocation of the current device.
bool sim_owns(const void* start, size_t bytes);
}
