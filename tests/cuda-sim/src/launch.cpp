// Stand-in libcuda: modules, which bin/nvcc built for the host, and launches of their kernels.
//
// A launch runs one CUDA thread at a time. Threads that may wait for each other (__syncthreads) need stacks of their
// own: fibers. A fiber runs thread after thread until one waits, then the next fiber goes on with the rest, so a
// kernel that never waits is a plain loop in one fiber.
#include "sim.h"
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <ucontext.h>
#include <vector>

struct sim_dim3 { unsigned x, y, z; };
// What a kernel reads as threadIdx and so on (shim/cuda_sim.h).
extern "C" { sim_dim3 sim_threadIdx, sim_blockIdx, sim_blockDim, sim_gridDim; }

typedef void (*Entry)(void** parameters);
struct Kernel { Entry entry; unsigned long* launches; };

// ---- The launch that is under way: one in the process at a time, under `lock`.
static std::mutex lock;
static Entry entry;
static void** parameters;
static uint64_t blocks_started, blocks; // of the grid
static size_t threads_started;          // of the block
static bool waited;                     // whether any thread of the block did
static std::vector<sim_dim3> threads;   // each thread of the block, in the order of their start

static void list_threads(sim_dim3 block) {
    static sim_dim3 listed;
    if (!memcmp(&listed, &block, sizeof block)) return;
    listed = block;
    threads.clear();
    for (unsigned z = 0; z < block.z; z++)
        for (unsigned y = 0; y < block.y; y++)
            for (unsigned x = 0; x < block.x; x++) threads.push_back({x, y, z});
}

// With CUDA_SIM_SHUFFLE=seed, a block's threads start in a random order: results mustn't depend on it.
static void shuffle_threads() {
    static const char* seed = getenv("CUDA_SIM_SHUFFLE");
    if (!seed) return;
    static std::mt19937 random(atoi(seed));
    std::shuffle(threads.begin(), threads.end(), random);
}

static bool next_block() {
    if (blocks_started == blocks) return false;
    uint64_t b = blocks_started++;
    sim_blockIdx.x = b % sim_gridDim.x;
    sim_blockIdx.y = b / sim_gridDim.x % sim_gridDim.y;
    sim_blockIdx.z = b / sim_gridDim.x / sim_gridDim.y;
    threads_started = 0;
    waited = false;
    shuffle_threads();
    return true;
}

// ---- Fibers
struct Fiber {
    jmp_buf paused;
    ucontext_t start;
    std::unique_ptr<char[]> stack;
    sim_dim3 thread; // the one that it runs
    bool entered = false, waiting = false;
};
constexpr size_t stack_bytes = 64 << 10;
static jmp_buf scheduler;
static Fiber* running;

// The next thread becomes the running fiber's. A block without waits ends in its only fiber, which then goes on with
// the next block; else the scheduler does.
static bool next_thread() {
    if (threads_started == threads.size() && (waited || !next_block())) return false;
    sim_threadIdx = running->thread = threads[threads_started++];
    return true;
}

// Fibers switch by _setjmp and _longjmp: swapcontext would ask the kernel for the signal mask each time.
static void switch_to_scheduler() {
    if (!_setjmp(running->paused)) _longjmp(scheduler, 1);
}

static void resume(Fiber* fiber) {
    running = fiber;
    if (_setjmp(scheduler)) return;
    if (fiber->entered) _longjmp(fiber->paused, 1);
    fiber->entered = true;
    setcontext(&fiber->start);
}

// A fiber's life: it is kept for later launches.
static void run_fiber() {
    for (;;) {
        while (next_thread()) entry(parameters);
        switch_to_scheduler();
    }
}

extern "C" void sim_syncthreads() {
    running->waiting = waited = true;
    switch_to_scheduler();
    running->waiting = false;
    sim_threadIdx = running->thread;
}

static std::vector<Fiber*>& fibers = *new std::vector<Fiber*>;

static Fiber* fiber(size_t i) {
    if (i == fibers.size()) {
        Fiber* fiber = new Fiber;
        fiber->stack.reset(new char[stack_bytes]);
        getcontext(&fiber->start);
        fiber->start.uc_stack.ss_sp = fiber->stack.get();
        fiber->start.uc_stack.ss_size = stack_bytes;
        makecontext(&fiber->start, run_fiber, 0);
        fibers.push_back(fiber);
    }
    return fibers[i];
}

static void run_grid() {
    blocks_started = 0;
    while (next_block()) {
        size_t used = 0;
        while (threads_started < threads.size()) resume(fiber(used++));
        // All threads of the block have started; each round takes those that wait from one barrier to the next.
        for (bool any = waited; any;) {
            any = false;
            for (size_t i = 0; i < used; i++) {
                if (!fibers[i]->waiting) continue;
                any = true;
                resume(fibers[i]);
            }
        }
    }
}

// ---- The driver's functions
static CUresult load(void** module, const std::string& image) {
    if (!sim::current) return CUDA_ERROR_INVALID_CONTEXT;
    const std::string tag = "// CUDA-SIM "; // bin/nvcc writes it, and the library's path behind it
    if (image.compare(0, tag.size(), tag)) {
        fprintf(stderr, "cuda-sim: not a module of the simulator's nvcc: %.60s\n", image.c_str());
        return CUDA_ERROR_INVALID_IMAGE;
    }
    std::string path = image.substr(tag.size(), image.find('\n') - tag.size());
    *module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (*module) return CUDA_SUCCESS;
    fprintf(stderr, "cuda-sim: a module's library can't be loaded: %s\n", dlerror());
    return CUDA_ERROR_INVALID_IMAGE;
}

extern "C" {

CUresult cuModuleLoadData(void** module, const void* image) { return load(module, (const char*)image); }

CUresult cuModuleLoad(void** module, const char* path) {
    FILE* file = fopen(path, "r");
    if (!file) return CUDA_ERROR_FILE_NOT_FOUND;
    char head[4096]; // a stand-in .ptx begins with what is of interest
    size_t bytes = fread(head, 1, sizeof head, file);
    fclose(file);
    return load(module, std::string(head, bytes));
}

// Kernels keep no state, and functions may still point into the library.
CUresult cuModuleUnload(void*) { return CUDA_SUCCESS; }

CUresult cuModuleGetFunction(Kernel** function, void* module, const char* name) {
    Entry found = (Entry)dlsym(module, (std::string("sim_entry_") + name).c_str());
    if (!found) return CUDA_ERROR_NOT_FOUND;
    *function = new Kernel{found, sim::launches_of(name)};
    return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(Kernel* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, void*, void** params, void**) {
    if (!sim::current) return CUDA_ERROR_INVALID_CONTEXT;
    if (!kernel) return CUDA_ERROR_INVALID_HANDLE;
    // A GPU's limits
    if (!grid_x || !grid_y || !grid_z || !block_x || !block_y || !block_z) return CUDA_ERROR_INVALID_VALUE;
    if (grid_x > 0x7fffffff || grid_y > 65535 || grid_z > 65535) return CUDA_ERROR_INVALID_VALUE;
    if (block_x > 1024 || block_y > 1024 || block_z > 64) return CUDA_ERROR_INVALID_VALUE;
    if (block_x * block_y * block_z > 1024 || shared_bytes > 48 << 10) return CUDA_ERROR_INVALID_VALUE;

    std::lock_guard<std::mutex> guard(lock);
    sim_gridDim = {grid_x, grid_y, grid_z};
    sim_blockDim = {block_x, block_y, block_z};
    blocks = uint64_t(grid_x) * grid_y * grid_z;
    list_threads(sim_blockDim);
    entry = kernel->entry;
    parameters = params;
    run_grid();
    ++*kernel->launches;
    sim::counters.launches++;
    return CUDA_SUCCESS;
}

} // extern "C"
