//! SIMD vectors, as wide as the processor's registers.

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use num_traits::{Float, Zero};

use super::transpose;

/// Several elements that the processor computes with at once.
///
/// No method may be called on a processor without the type's instructions. All methods are to be inlined into a function that is
/// compiled with these instructions.
pub trait Vector: Copy {
    /// The type of the elements.
    type Element: Float;
    /// The number of elements.
    const LANES: usize;

    /// A vector with the same value in all lanes.
    ///
    /// # Safety
    /// The processor has the type's instructions.
    unsafe fn splat(value: Self::Element) -> Self;

    /// Loads the elements that start at an address.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat), and `LANES` elements can be read there.
    unsafe fn load(from: *const Self::Element) -> Self;

    /// Writes the elements to an address.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat), and `LANES` elements can be written there.
    unsafe fn store(self, to: *mut Self::Element);

    /// `self · factor + summand`.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat).
    unsafe fn multiply_add(self, factor: Self, summand: Self) -> Self;

    /// The sum.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat).
    unsafe fn add(self, other: Self) -> Self;

    /// The lane-wise maximum; `other` if one of the two is NaN.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat).
    unsafe fn max(self, other: Self) -> Self;

    /// The lane-wise maximum; NaN if one of the two is NaN.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat).
    unsafe fn greater(self, other: Self) -> Self;

    /// The lane-wise minimum; `other` if one of the two is NaN.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat).
    unsafe fn min(self, other: Self) -> Self;

    /// Transposes a block of `LANES` by `LANES` elements. Its rows begin every `from_stride` elements; the rows of the result
    /// begin every `to_stride` elements.
    ///
    /// # Safety
    /// As [`splat`](Vector::splat); the block can be read at `from`, and the result can be written at `to`.
    unsafe fn transpose(from: *const Self::Element, from_stride: usize, to: *mut Self::Element, to_stride: usize);
}

/// The vector types of an element type, one for each [`InstructionSet`](crate::ops::vectorized::InstructionSet).
pub trait Vectors: Sized {
    /// For any processor.
    type Portable: Vector<Element = Self>;
    /// For AVX2.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Element = Self>;
    /// For AVX-512.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Element = Self>;
    /// For 64-bit Arm.
    #[cfg(target_arch = "aarch64")]
    type Neon: Vector<Element = Self>;
}

impl Vectors for f32 {
    type Portable = Lanes<f32, 4>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = __m256;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = __m512;
    #[cfg(target_arch = "aarch64")]
    type Neon = float32x4_t;
}

impl Vectors for f64 {
    type Portable = Lanes<f64, 2>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = __m256d;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = __m512d;
    #[cfg(target_arch = "aarch64")]
    type Neon = float64x2_t;
}

/// A vector for any processor: an array, whose loops the compiler may vectorize.
#[derive(Clone, Copy)]
pub struct Lanes<E, const N: usize>([E; N]);

impl<E: Float, const N: usize> Lanes<E, N> {
    #[inline(always)]
    fn each(self, other: Self, of: impl Fn(E, E) -> E) -> Self {
        Lanes(std::array::from_fn(|lane| of(self.0[lane], other.0[lane])))
    }
}

impl<E: Float, const N: usize> Vector for Lanes<E, N> {
    type Element = E;
    const LANES: usize = N;

    #[inline(always)]
    unsafe fn splat(value: E) -> Self {
        Lanes([value; N])
    }

    #[inline(always)]
    unsafe fn load(from: *const E) -> Self {
        // SAFETY: The caller guarantees that `N` elements can be read there; the array has the alignment of an element.
        Lanes(unsafe { from.cast::<[E; N]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut E) {
        // SAFETY: The caller guarantees that `N` elements can be written there.
        unsafe { to.cast::<[E; N]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, summand: Self) -> Self {
        let product = self.each(factor, |a, b| a * b);
        product.each(summand, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.each(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn greater(self, other: Self) -> Self {
        self.each(other, |a, b| if a > b || a.is_nan() { a } else { b })
    }

    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        self.each(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    unsafe fn transpose(from: *const E, from_stride: usize, to: *mut E, to_stride: usize) {
        // SAFETY: The caller guarantees this.
        unsafe { transpose::one_by_one::<E, N>(from, from_stride, to, to_stride) }
    }
}

/// Implements [`Vector`] for register types, with an architecture's intrinsics. The block at the end of each entry lists the
/// operations that need more than a name.
macro_rules! registers {
    ($($register:ident of $lanes:literal $element:ident: $splat:ident $load:ident $store:ident $add:ident,
        { $fma:expr, $max:expr, $greater:expr, $min:expr, $transpose:expr };)*) => {$(
        impl Vector for $register {
            type Element = $element;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(value: $element) -> Self {
                // SAFETY: The caller guarantees that the processor has the instruction; this holds for all methods.
                unsafe { $splat(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: The caller guarantees that the elements can be read there.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: The caller guarantees that the elements can be written there.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn multiply_add(self, factor: Self, summand: Self) -> Self {
                // SAFETY: As in `splat`.
                unsafe { $fma(self, factor, summand) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: As in `splat`.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                // SAFETY: As in `splat`.
                unsafe { $max(self, other) }
            }

            #[inline(always)]
            unsafe fn greater(self, other: Self) -> Self {
                // SAFETY: As in `splat`.
                unsafe { $greater(self, other) }
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                // SAFETY: As in `splat`.
                unsafe { $min(self, other) }
            }

            #[inline(always)]
            unsafe fn transpose(from: *const $element, from_stride: usize, to: *mut $element, to_stride: usize) {
                // SAFETY: As in `splat`; the caller guarantees that the block and the result are in bounds.
                unsafe { $transpose(from, from_stride, to, to_stride) }
            }
        }
    )*};
}

// If one operand is NaN, the maximum instructions return the second. `greater` puts a NaN of the first operand back.
#[cfg(target_arch = "x86_64")]
registers! {
    __m256 of 8 f32: _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps, {
        _mm256_fmadd_ps,
        _mm256_max_ps,
        |a, b| _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps::<_CMP_UNORD_Q>(a, a)),
        _mm256_min_ps,
        transpose::x86::eight
    };
    __m256d of 4 f64: _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd, {
        _mm256_fmadd_pd,
        _mm256_max_pd,
        |a, b| _mm256_blendv_pd(_mm256_max_pd(a, b), a, _mm256_cmp_pd::<_CMP_UNORD_Q>(a, a)),
        _mm256_min_pd,
        transpose::x86::four
    };
    __m512 of 16 f32: _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps, {
        _mm512_fmadd_ps,
        _mm512_max_ps,
        |a, b| _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a), a),
        _mm512_min_ps,
        transpose::x86::quarters::<__m256>
    };
    __m512d of 8 f64: _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd, {
        _mm512_fmadd_pd,
        _mm512_max_pd,
        |a, b| _mm512_mask_mov_pd(_mm512_max_pd(a, b), _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(a, a), a),
        _mm512_min_pd,
        transpose::x86::quarters::<__m256d>
    };
}

// Comparisons with NaN are false, so `max` and `min` return the second operand. `vmaxq` returns NaN, as `greater` should.
#[cfg(target_arch = "aarch64")]
registers! {
    float32x4_t of 4 f32: vdupq_n_f32 vld1q_f32 vst1q_f32 vaddq_f32, {
        |factor, other, summand| vfmaq_f32(summand, factor, other),
        |a, b| vbslq_f32(vcgtq_f32(a, b), a, b),
        vmaxq_f32,
        |a, b| vbslq_f32(vcltq_f32(a, b), a, b),
        transpose::one_by_one::<f32, 4>
    };
    float64x2_t of 2 f64: vdupq_n_f64 vld1q_f64 vst1q_f64 vaddq_f64, {
        |factor, other, summand| vfmaq_f64(summand, factor, other),
        |a, b| vbslq_f64(vcgtq_f64(a, b), a, b),
        vmaxq_f64,
        |a, b| vbslq_f64(vcltq_f64(a, b), a, b),
        transpose::one_by_one::<f64, 2>
    };
}

/// The greatest number of elements that a vector has.
const MOST: usize = 16;

/// Loads `count` elements that start at an address, and fills the other lanes with zeros. At most `LANES` elements are loaded.
///
/// # Safety
/// The processor has the instructions of `V`, and the lesser of `count` and `LANES` elements can be read there.
#[inline(always)]
pub(crate) unsafe fn some<V: Vector>(from: *const V::Element, count: usize) -> V {
    // SAFETY: The caller guarantees this; a vector has at most `MOST` elements.
    unsafe {
        if count >= V::LANES {
            return V::load(from);
        }
        let mut numbers = [V::Element::zero(); MOST];
        std::ptr::copy_nonoverlapping(from, numbers.as_mut_ptr(), count);
        V::load(numbers.as_ptr())
    }
}

/// Writes the first `count` elements of a vector to an address. At most `LANES` elements are written.
///
/// # Safety
/// The processor has the instructions of `V`, and the lesser of `count` and `LANES` elements can be written there.
#[inline(always)]
pub(crate) unsafe fn store_some<V: Vector>(values: V, to: *mut V::Element, count: usize) {
    // SAFETY: As in `some`.
    unsafe {
        if count >= V::LANES {
            return values.store(to);
        }
        let mut numbers = [V::Element::zero(); MOST];
        values.store(numbers.as_mut_ptr());
        std::ptr::copy_nonoverlapping(numbers.as_ptr(), to, count);
    }
}

/// Compiles a method of the type `$type` for each instruction set, with the vector type that belongs to it, and calls the one for
/// `self.set`. The call must be in an `unsafe` block.
///
/// # Safety
/// As for the method. That the processor has the instructions needn't be checked, because an [`InstructionSet`] guarantees it.
///
/// [`InstructionSet`]: crate::ops::vectorized::InstructionSet
macro_rules! for_each_set {
    ($this:ident: &$type:ident, $method:ident($($argument:ident: $of:ty),*)) => {{
        /// # Safety
        /// As for the method, and the processor has AVX2.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2<E: $crate::ops::Element>(this: &$type<E>, $($argument: $of),*) {
            // SAFETY: The caller guarantees this.
            unsafe { this.$method::<E::Avx2>($($argument),*) }
        }

        /// # Safety
        /// As for the method, and the processor has AVX-512.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
        unsafe fn avx512<E: $crate::ops::Element>(this: &$type<E>, $($argument: $of),*) {
            // SAFETY: The caller guarantees this.
            unsafe { this.$method::<E::Avx512>($($argument),*) }
        }

        match $this.set {
            $crate::ops::vectorized::InstructionSet::Portable => $this.$method::<E::Portable>($($argument),*),
            #[cfg(target_arch = "x86_64")]
            $crate::ops::vectorized::InstructionSet::Avx2(_) => avx2($this, $($argument),*),
            #[cfg(target_arch = "x86_64")]
            $crate::ops::vectorized::InstructionSet::Avx512(_) => avx512($this, $($argument),*),
            #[cfg(target_arch = "aarch64")]
            $crate::ops::vectorized::InstructionSet::Neon => $this.$method::<E::Neon>($($argument),*),
        }
    }};
}
pub(crate) use for_each_set;
