// Stand-in libcuda: what was called how often. With CUDA_SIM_STATS a table is printed at exit, or appended to the
// file that it names; tests may read the totals through the sim_ functions.
#include "sim.h"
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

namespace sim {

Counters counters;

static std::mutex lock;
static auto& launches = *new std::map<std::string, unsigned long>; // by kernel; its entries stay where they are

unsigned long* launches_of(const char* kernel) {
    std::lock_guard<std::mutex> guard(lock);
    return &launches[kernel];
}

__attribute__((format(printf, 2, 3))) static void add(std::string& text, const char* format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text += line;
}

static std::string table() {
    std::string text;
    add(text, "cuda-sim: %s\n", program_invocation_short_name);
    auto row = [&](unsigned long count, const char* what) { add(text, "%10lu  %s\n", count, what); };
    auto copies = [&](unsigned long count, const char* what, unsigned long bytes) {
        add(text, "%10lu  %s (%lu bytes)\n", count, what, bytes);
    };
    row(counters.launches, "kernel launches");
    std::vector<std::pair<unsigned long, std::string>> kernels;
    for (auto& [name, count] : launches)
        if (count) kernels.push_back({count, "  " + name});
    std::stable_sort(kernels.begin(), kernels.end(), [](auto& a, auto& b) { return a.first > b.first; });
    for (auto& [count, name] : kernels) row(count, name.c_str());
    row(counters.blas_calls, "cuBLAS calls");
    copies(counters.copies_up, "copies host to device", counters.bytes_up);
    copies(counters.copies_down, "copies device to host", counters.bytes_down);
    copies(counters.copies_within, "copies within a device", counters.bytes_within);
    row(counters.memsets, "memsets");
    copies(counters.live_allocations, "live allocations", counters.live_bytes);
    return text;
}

__attribute__((destructor)) static void report() {
    const char* target = getenv("CUDA_SIM_STATS");
    if (!target) return;
    std::lock_guard<std::mutex> guard(lock);
    std::string text = table();
    bool is_path = strchr(target, '/');
    int file = is_path ? open(target, O_WRONLY | O_APPEND | O_CREAT, 0666) : STDERR_FILENO;
    // One write, so that processes that end at once don't mix their tables.
    if (file < 0 || write(file, text.data(), text.size()) < 0) perror(target);
}

} // namespace sim

using sim::counters;

extern "C" {
void sim_count_blas() { counters.blas_calls++; }
unsigned long sim_launches() { return counters.launches; }
unsigned long sim_blas_calls() { return counters.blas_calls; }
unsigned long sim_copies_up() { return counters.copies_up; }
unsigned long sim_copies_down() { return counters.copies_down; }
unsigned long sim_bytes_up() { return counters.bytes_up; }
unsigned long sim_bytes_down() { return counters.bytes_down; }
}
