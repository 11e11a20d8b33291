#pragma once

// GCC on glibc compiles the marked function once for each of these instruction sets; which one runs is chosen when the
// library is loaded. Templates cannot be marked, but what is inlined into a marked function is compiled with it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define FASTAI_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FASTAI_CLONES
#endif
