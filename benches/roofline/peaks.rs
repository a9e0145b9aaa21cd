//! What one core of this machine can do.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Operations, and bytes read, in a second.
pub struct Peaks {
    /// Multiplications and additions of numbers that are in registers.
    pub operations: f64,
    /// Bytes from the last cache: numbers that don't fit into those before it, on most machines.
    pub cache: f64,
    /// Bytes from memory.
    pub memory: f64,
}

/// How many vectors are computed with at a time, so that none has to wait for its last result. With those that they are
/// multiplied by they fit into the registers.
const VECTORS: usize = 12;

impl Peaks {
    pub fn measure() -> Self {
        const ROUNDS: usize = 100_000;
        let (lanes, multiply_add, sum) = functions();
        let operations = (2 * VECTORS * lanes * ROUNDS) as f64 / best(|| multiply_add(ROUNDS));
        let bytes = |megabytes: usize| {
            let numbers = vec![1.0_f32; megabytes * (1 << 20) / size_of::<f32>()];
            size_of_val(&numbers[..]) as f64 / best(|| sum(black_box(&numbers)))
        };
        Peaks { operations, cache: bytes(4), memory: bytes(256) }
    }

    /// The better of both, each by itself.
    pub fn best(&self, other: &Self) -> Self {
        Peaks {
            operations: self.operations.max(other.operations),
            cache: self.cache.max(other.cache),
            memory: self.memory.max(other.memory),
        }
    }
}

/// The seconds of the fastest run in one second.
fn best(run: impl Fn() -> f32) -> f64 {
    let (mut best, start) = (f64::INFINITY, Instant::now());
    while start.elapsed() < Duration::from_secs(1) {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

type Functions = (usize, fn(usize) -> f32, fn(&[f32]) -> f32);

/// How many numbers a vector of this processor has, and the two functions for such vectors.
fn functions() -> Functions {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: The processor has the instructions: it was just asked.
            return (16, |rounds| unsafe { avx512::multiply_add(rounds) }, |numbers| unsafe { avx512::sum(numbers) });
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: The processor has the instructions: it was just asked.
            return (8, |rounds| unsafe { avx2::multiply_add(rounds) }, |numbers| unsafe { avx2::sum(numbers) });
        }
    }
    (4, multiply_add::<4>, sum::<4>)
}

/// Fused multiplications and additions of vectors that have nothing to do with each other.
#[inline(always)]
fn multiply_add<const LANES: usize>(rounds: usize) -> f32 {
    let (factor, summand) = (black_box([0.5_f32; LANES]), black_box([1.0_f32; LANES]));
    let mut vectors = black_box([[0.0_f32; LANES]; VECTORS]);
    for _ in 0..rounds {
        for vector in &mut vectors {
            for lane in 0..LANES {
                vector[lane] = vector[lane].mul_add(factor[lane], summand[lane]);
            }
        }
    }
    vectors.iter().flatten().sum()
}

/// Reads each number once.
#[inline(always)]
fn sum<const LANES: usize>(numbers: &[f32]) -> f32 {
    let mut sums = [[0.0_f32; LANES]; 8];
    let (blocks, _) = numbers.as_chunks::<LANES>();
    for block in blocks.chunks_exact(8) {
        for (sums, vector) in sums.iter_mut().zip(block) {
            for (sum, number) in sums.iter_mut().zip(vector) {
                *sum += number;
            }
        }
    }
    sums.iter().flatten().sum()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    /// # Safety
    /// The processor has AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    pub fn multiply_add(rounds: usize) -> f32 {
        super::multiply_add::<8>(rounds)
    }

    /// # Safety
    /// The processor has AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    pub fn sum(numbers: &[f32]) -> f32 {
        super::sum::<8>(numbers)
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    /// # Safety
    /// The processor has AVX-512.
    #[target_feature(enable = "avx512f,avx2,fma")]
    pub fn multiply_add(rounds: usize) -> f32 {
        super::multiply_add::<16>(rounds)
    }

    /// # Safety
    /// The processor has AVX-512.
    #[target_feature(enable = "avx512f,avx2,fma")]
    pub fn sum(numbers: &[f32]) -> f32 {
        super::sum::<16>(numbers)
    }
}
