//! Arguments as types.

use super::Described;
use dfdx::shapes::Const;
use std::marker::PhantomData;

/// The value of an argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// `..`: the size follows from the input.
    Infer,
    /// A size or a count.
    Size(usize),
    /// `(height, width)`.
    Pair(usize, usize),
    /// A floating-point number.
    Float(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A name of an option, such as `Same`.
    Word(&'static str),
    /// A list of layers.
    Layers,
    /// A value that depends on parameters of a block which are not known.
    Undecided,
}

/// A type that stands for an argument.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an argument that a layer can take",
    label = "expected a number, a constant, `..`, `(height, width)`, `true`, `false` or a word such as `Same`"
)]
pub trait Argument: 'static {
    /// The argument's value.
    const VALUE: Value;
}

/// `..`: the size follows from the input.
pub struct Auto;
impl Argument for Auto {
    const VALUE: Value = Value::Infer;
}

impl<const N: usize> Argument for Const<N> {
    const VALUE: Value = Value::Size(N);
}

impl<A: Argument, B: Argument> Argument for (A, B) {
    const VALUE: Value = match (A::VALUE, B::VALUE) {
        (Value::Size(first), Value::Size(second)) => Value::Pair(first, second),
        (Value::Undecided, Value::Size(_) | Value::Undecided) | (Value::Size(_), Value::Undecided) => Value::Undecided,
        _ => Value::Word("(…, …)"),
    };
}

/// A floating-point number, given by its bits.
pub struct Float<const BITS: u64>;
impl<const BITS: u64> Argument for Float<BITS> {
    const VALUE: Value = Value::Float(f64::from_bits(BITS));
}

/// `true` or `false`.
pub struct Flag<const IS: bool>;
impl<const IS: bool> Argument for Flag<IS> {
    const VALUE: Value = Value::Flag(IS);
}

/// A word such as `Same`, given by the bytes of its name as two little-endian integers: the word needn't be declared,
/// nor in scope.
pub struct Word<const START: u128, const REST: u128>;
impl<const START: u128, const REST: u128> Word<START, REST> {
    const BYTES: [[u8; 16]; 2] = [START.to_le_bytes(), REST.to_le_bytes()];
    const LENGTH: usize = {
        let unused = if REST == 0 { 16 + START.leading_zeros() / 8 } else { REST.leading_zeros() / 8 };
        32 - unused as usize
    };
}
impl<const START: u128, const REST: u128> Argument for Word<START, REST> {
    const VALUE: Value = match std::str::from_utf8(Self::BYTES.as_flattened().split_at(Self::LENGTH).0) {
        Ok(word) => Value::Word(word),
        Err(_) => Value::Word("…"),
    };
}

/// A user's constant as the value of a keyword, `p = RATE`, packed by [`ConstArgument`].
pub struct Given<const PACKED: u128>;
impl<const PACKED: u128> Argument for Given<PACKED> {
    const VALUE: Value = Value::unpack(PACKED);
}

impl Value {
    /// The value that [`ConstArgument`] packed.
    pub const fn unpack(packed: u128) -> Value {
        let bits = packed as u64;
        match packed >> 64 {
            0 => Value::Size(bits as usize),
            1 => Value::Float(f64::from_bits(bits)),
            _ => Value::Flag(bits != 0),
        }
    }
}

/// Parameter `INDEX` of a block, passed to a layer in this block.
pub struct ParameterOf<Block, const INDEX: usize>(PhantomData<fn() -> Block>);
impl<Block: Described, const INDEX: usize> Argument for ParameterOf<Block, INDEX> {
    const VALUE: Value = Block::CALL.value(INDEX);
}

/// An expression of a block's parameters.
pub struct Expression<X>(PhantomData<fn() -> X>);
impl<X: Evaluate> Argument for Expression<X> {
    const VALUE: Value = X::VALUE;
}

/// The result of an expression.
pub trait Evaluate: 'static {
    /// Its value.
    const VALUE: Value;
}

/// A constant whose type determines the kind of the argument. Trait methods can't be called in a constant, but inherent
/// methods can.
pub struct ConstArgument<T>(pub T);
impl ConstArgument<usize> {
    /// A size.
    pub const fn as_size_or_float_or_bool(self) -> u128 {
        self.0 as u128
    }
}
impl ConstArgument<f64> {
    /// A floating-point number.
    pub const fn as_size_or_float_or_bool(self) -> u128 {
        (1 << 64) | self.0.to_bits() as u128
    }
}
impl ConstArgument<f32> {
    /// A floating-point number.
    pub const fn as_size_or_float_or_bool(self) -> u128 {
        (1 << 64) | (self.0 as f64).to_bits() as u128
    }
}
impl ConstArgument<bool> {
    /// `true` or `false`.
    pub const fn as_size_or_float_or_bool(self) -> u128 {
        (2 << 64) | self.0 as u128
    }
}

/// A keyword argument; `KEY` is the [`key`] of its name.
pub struct Keyword<const KEY: u64, V>(PhantomData<fn() -> V>);

/// The hash (FNV-1a) of a keyword's name. It stands for the name because a type can't hold a text.
pub const fn key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

/// The maximum number of keyword arguments of a layer.
pub const MAX_KEYWORDS: usize = 8;

/// A list of positional arguments: a tuple of [`Argument`] types.
pub trait Arguments: 'static {
    /// Their values.
    const LIST: &'static [Value];
}

/// A list of keyword arguments: a tuple of [`Keyword`] types.
pub trait Keywords: 'static {
    /// Their keys and values.
    const LIST: &'static [(u64, Value)];
}

macro_rules! lists {
    ($(($($value:ident $key:ident),*);)*) => {$(
        impl<$($value: Argument),*> Arguments for ($($value,)*) {
            const LIST: &'static [Value] = &[$($value::VALUE),*];
        }
        impl<$(const $key: u64, $value: Argument),*> Keywords for ($(Keyword<$key, $value>,)*) {
            const LIST: &'static [(u64, Value)] = &[$(($key, $value::VALUE)),*];
        }
    )*};
}

lists! {
    ();
    (A K);
    (A K, B L);
    (A K, B L, C M);
    (A K, B L, C M, D N);
    (A K, B L, C M, D N, E O);
    (A K, B L, C M, D N, E O, F P);
    (A K, B L, C M, D N, E O, F P, G Q);
    (A K, B L, C M, D N, E O, F P, G Q, H R);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The macro packs words in the same way.
    #[test]
    fn a_word_is_its_bytes() {
        const fn packed(bytes: &[u8; 16]) -> u128 {
            u128::from_le_bytes(*bytes)
        }
        const SAME: u128 = packed(b"Same\0\0\0\0\0\0\0\0\0\0\0\0");
        const SIXTEEN: u128 = packed(b"SixteenCharacter");
        assert_eq!(Word::<SAME, 0>::VALUE, Value::Word("Same"));
        assert_eq!(Word::<SIXTEEN, 0>::VALUE, Value::Word("SixteenCharacter"));
        assert_eq!(Word::<SIXTEEN, SAME>::VALUE, Value::Word("SixteenCharacterSame"));
        assert_eq!(Word::<SIXTEEN, SIXTEEN>::VALUE, Value::Word("SixteenCharacterSixteenCharacter"));
    }
}
