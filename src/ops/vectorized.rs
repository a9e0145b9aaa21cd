//! Loops that are compiled once for each instruction set, and the best of those is taken when they run.
//!
//! The library is built for any processor of its kind, which on x86-64 means vectors of four numbers and no fused
//! multiplication and addition. What is declared by [`vectorized!`] is compiled for AVX2 and AVX-512 as well; on 64-bit Arm, where
//! NEON is always there, with its fused multiplication and addition.

use super::choice::{asked, take};

/// That the processor has some instructions. Only [`InstructionSet::all`], which asks it, makes one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Detected(());

/// What the processor can do. There is no value for instructions that it doesn't have, on which unsafe code relies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    /// What any processor can.
    Portable,
    /// Vectors of 32 bytes, and fused multiplication and addition.
    #[cfg(target_arch = "x86_64")]
    Avx2(Detected),
    /// Vectors of 64 bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512(Detected),
    /// Vectors of 16 bytes, and fused multiplication and addition: what any 64-bit Arm processor has.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl InstructionSet {
    /// Those that this processor has, the best last.
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

    /// Those that this processor has, the best last.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let sets = [
            Self::Portable,
            #[cfg(target_arch = "aarch64")]
            Self::Neon,
        ];
        sets.into_iter()
    }

    /// The best that this processor has, or what was asked for.
    pub(crate) fn best() -> Self {
        let set = asked().instructions.or_else(|| Self::all().last()).unwrap_or(Self::Portable);
        take(set.name());
        set
    }

    /// What it is called where somebody asks for it.
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

    /// Whether a multiplication and the addition to it are one instruction.
    pub(crate) const fn fuses(self) -> bool {
        !matches!(self, Self::Portable)
    }
}

impl std::fmt::Debug for InstructionSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// `a · b + c`, rounded once where that is one instruction, else twice.
#[inline(always)]
pub(crate) fn multiply_add<E: num_traits::Float, const FUSES: bool>(a: E, b: E, c: E) -> E {
    if FUSES { a.mul_add(b, c) } else { a * b + c }
}

/// Declares functions that are compiled for each instruction set. The first argument of a call chooses one; the body
/// knows by the constant that stands first whether it fuses.
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
                // SAFETY: The only thing that makes these functions unsafe to call is a processor without their
                // instructions, and `Detected` says that it has them.
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
