//! Loops that are compiled once for each instruction set. The best one that the processor supports is chosen at run time.
//!
//! The library is built for any processor of an architecture. On x86-64 this means vectors of four `f32` and no fused
//! multiply-add. Functions that are declared with [`vectorized!`] are compiled for AVX2 and AVX-512 as well. On 64-bit Arm, NEON
//! with its fused multiply-add is always available.

use super::choice::{asked, take};

/// Proof that the processor has an instruction set. Only [`InstructionSet::all`] creates it, after it has checked the processor.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Detected(());

/// An instruction set of this processor. There is no value for instructions that the processor lacks; unsafe code relies on this.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    /// The instructions that any processor of the architecture has.
    Portable,
    /// Vectors of 32 bytes and fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2(Detected),
    /// Vectors of 64 bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512(Detected),
    /// Vectors of 16 bytes and fused multiply-add, which any 64-bit Arm processor has.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl InstructionSet {
    /// The instruction sets of this processor, the best last.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw");
        [(Self::Portable, true), (Self::Avx2(Detected(())), avx2), (Self::Avx512(Detected(())), avx512)]
            .into_iter()
            .filter_map(|(set, is_there)| is_there.then_some(set))
    }

    /// The instruction sets of this processor, the best last.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let sets = [
            Self::Portable,
            #[cfg(target_arch = "aarch64")]
            Self::Neon,
        ];
        sets.into_iter()
    }

    /// The best instruction set of this processor, or the one that the user requested.
    pub(crate) fn best() -> Self {
        let set = asked().instructions.or_else(|| Self::all().last()).unwrap_or(Self::Portable);
        take(set.name());
        set
    }

    /// The word that requests it in `SHAPEWRIGHT_KERNELS`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
        }
    }

    /// Whether there is an instruction for fused multiply-add.
    pub(crate) const fn fuses(self) -> bool {
        !matches!(self, Self::Portable)
    }
}

impl std::fmt::Debug for InstructionSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// `a · b + c`, rounded once if `FUSES`, otherwise twice.
#[inline(always)]
pub(crate) fn multiply_add<E: num_traits::Float, const FUSES: bool>(a: E, b: E, c: E) -> E {
    if FUSES { a.mul_add(b, c) } else { a * b + c }
}

/// Declares functions that are compiled for each instruction set. The first argument of a call chooses the instruction set. The
/// body's constant parameter says whether multiply-add is fused.
macro_rules! vectorized {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident<$E:ident, const $FUSES:ident: bool>($($argument:ident: $type:ty),* $(,)?) $body:block
    )*) => {$(
        $(#[$attribute])*
        $visibility fn $name<$E: $crate::ops::Element>(
            set: $crate::ops::vectorized::InstructionSet, $($argument: $type),*
        ) {
            use $crate::ops::vectorized::InstructionSet;

            #[inline(always)]
            fn body<$E: $crate::ops::Element, const $FUSES: bool>($($argument: $type),*) $body

            /// # Safety
            /// The processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<$E: $crate::ops::Element>($($argument: $type),*) {
                body::<$E, true>($($argument),*)
            }

            /// # Safety
            /// The processor has AVX-512.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
            fn avx512<$E: $crate::ops::Element>($($argument: $type),*) {
                body::<$E, true>($($argument),*)
            }

            match set {
                InstructionSet::Portable => body::<$E, false>($($argument),*),
                // SAFETY: The only requirement of these functions is that the processor has their instructions, which `Detected`
                // proves.
                #[cfg(target_arch = "x86_64")]
                InstructionSet::Avx2(_) => unsafe { avx2::<$E>($($argument),*) },
                // SAFETY: As above.
                #[cfg(target_arch = "x86_64")]
                InstructionSet::Avx512(_) => unsafe { avx512::<$E>($($argument),*) },
                #[cfg(target_arch = "aarch64")]
                InstructionSet::Neon => body::<$E, true>($($argument),*),
            }
        }
    )*};
}

pub(crate) use vectorized;
