//! The element types in files, and their conversion to those of a network.

use std::fmt;

use half::{bf16, f16};
use num_traits::ToPrimitive;

use crate::parameters::Scalar;

/// An element type in a file, under safetensors' abbreviation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NumberType {
    /// IEEE's half precision, `torch.float16`.
    F16,
    /// The upper half of an `f32`, `torch.bfloat16`.
    BF16,
    /// `f32`, `torch.float32`.
    F32,
    /// `f64`, `torch.float64`.
    F64,
    /// `i8`, `torch.int8`.
    I8,
    /// `i16`, `torch.int16`.
    I16,
    /// `i32`, `torch.int32`.
    I32,
    /// `i64`, `torch.int64`.
    I64,
    /// `u8`, `torch.uint8`.
    U8,
    /// `u16`, `torch.uint16`.
    U16,
    /// `u32`, `torch.uint32`.
    U32,
    /// `u64`, `torch.uint64`.
    U64,
    /// `bool`, a byte each.
    Bool,
    /// A type that no network here has, by its name in the file. Such tensors are listed, but can't be loaded.
    Other(String),
}

impl NumberType {
    /// The number of bytes of an element, if the type can be loaded.
    pub(super) fn size(&self) -> Option<usize> {
        Some(match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::Other(_) => return None,
        })
    }

    /// Whether the highest bit is a sign bit, whose change negates the value and changes nothing else.
    pub(super) fn is_float(&self) -> bool {
        matches!(self, Self::F16 | Self::BF16 | Self::F32 | Self::F64)
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(name) => write!(formatter, "{}", name.escape_debug()),
            Self::Bool => formatter.write_str("BOOL"),
            known => write!(formatter, "{known:?}"),
        }
    }
}

/// A value of a file, exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exact {
    Integer(i128),
    Single(f32),
    Double(f64),
}

impl fmt::Display for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Single(number) => write!(formatter, "{number:?}"),
            Self::Double(number) => write!(formatter, "{number:?}"),
        }
    }
}

/// Why a value of a file can't become a value of the network's type.
#[derive(Debug, PartialEq)]
pub enum Unfit {
    /// It would be rounded, which the caller didn't allow.
    Rounded(Exact),
    /// It is larger than the largest value of the type, or it is a fraction and the type is an integer type.
    Impossible(Exact),
}

/// How values are converted to the bytes of a file, and back.
pub trait Stored: Copy {
    /// The type in files.
    const TYPE: NumberType;
    /// The bytes of the values.
    fn to_bytes(numbers: &[Self]) -> Vec<u8>;
    /// The values of bytes of this type. An incomplete value at the end is left out.
    fn from_bytes(bytes: &[u8]) -> Vec<Self>;
    /// The value, rounded if `round` is true.
    fn from_exact(number: Exact, round: bool) -> Result<Self, Unfit>;
    /// The values of bytes of any type. An incomplete value at the end is left out.
    fn converted(bytes: &[u8], from: &NumberType, round: bool) -> Result<Vec<Self>, Unfit>;
}

macro_rules! stored {
    ($type:ty, $name:ident) => {
        impl Stored for $type {
            const TYPE: NumberType = NumberType::$name;

            // A loop that is fast in debug builds too.
            fn to_bytes(numbers: &[Self]) -> Vec<u8> {
                let mut bytes = vec![0; size_of_val(numbers)];
                for (chunk, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
                    *chunk = number.to_le_bytes();
                }
                bytes
            }

            fn converted(bytes: &[u8], from: &NumberType, round: bool) -> Result<Vec<Self>, Unfit> {
                numbers(bytes, from, round)
            }

            fn from_bytes(bytes: &[u8]) -> Vec<Self> {
                bytes.as_chunks().0.iter().map(|chunk| Self::from_le_bytes(*chunk)).collect()
            }

            // If the types are the same, `as` changes nothing: it keeps every bit of a NaN.
            fn from_exact(number: Exact, round: bool) -> Result<Self, Unfit> {
                match number {
                    Exact::Integer(integer) => {
                        let float = integer as Self;
                        if float as i128 == integer || round { Ok(float) } else { Err(Unfit::Rounded(number)) }
                    }
                    Exact::Single(float) => Ok(float as Self),
                    Exact::Double(double) => {
                        let float = double as Self;
                        match () {
                            () if double.is_finite() && float.is_infinite() => Err(Unfit::Impossible(number)),
                            () if (float as f64) == double || double.is_nan() || round => Ok(float),
                            () => Err(Unfit::Rounded(number)),
                        }
                    }
                }
            }
        }
    };
}

stored!(f32, F32);
stored!(f64, F64);

/// Whether loading may fail because of a value, even though names, shapes and types fit.
pub fn depends_on_values<E: Stored>(from: &NumberType) -> bool {
    !matches!(from, NumberType::F16 | NumberType::BF16 | NumberType::F32) && *from != E::TYPE
}

/// As [`Stored::converted`], whose instances are compiled in other crates.
fn numbers<E: Stored>(bytes: &[u8], from: &NumberType, round: bool) -> Result<Vec<E>, Unfit> {
    fn all<const SIZE: usize, E: Stored>(
        bytes: &[u8],
        round: bool,
        exact: impl Fn([u8; SIZE]) -> Exact,
    ) -> Result<Vec<E>, Unfit> {
        bytes.as_chunks().0.iter().map(|chunk| E::from_exact(exact(*chunk), round)).collect()
    }
    match from {
        same if *same == E::TYPE => Ok(E::from_bytes(bytes)),
        NumberType::F16 => all(bytes, round, |bytes| Exact::Single(f16::from_le_bytes(bytes).to_f32())),
        NumberType::BF16 => all(bytes, round, |bytes| Exact::Single(bf16::from_le_bytes(bytes).to_f32())),
        NumberType::F32 => all(bytes, round, |bytes| Exact::Single(f32::from_le_bytes(bytes))),
        NumberType::F64 => all(bytes, round, |bytes| Exact::Double(f64::from_le_bytes(bytes))),
        NumberType::I8 => all(bytes, round, |bytes| Exact::Integer(i8::from_le_bytes(bytes).into())),
        NumberType::I16 => all(bytes, round, |bytes| Exact::Integer(i16::from_le_bytes(bytes).into())),
        NumberType::I32 => all(bytes, round, |bytes| Exact::Integer(i32::from_le_bytes(bytes).into())),
        NumberType::I64 => all(bytes, round, |bytes| Exact::Integer(i64::from_le_bytes(bytes).into())),
        NumberType::U8 => all(bytes, round, |bytes| Exact::Integer(u8::from_le_bytes(bytes).into())),
        NumberType::Bool => all(bytes, round, |[byte]| Exact::Integer((byte != 0).into())),
        NumberType::U16 => all(bytes, round, |bytes| Exact::Integer(u16::from_le_bytes(bytes).into())),
        NumberType::U32 => all(bytes, round, |bytes| Exact::Integer(u32::from_le_bytes(bytes).into())),
        NumberType::U64 => all(bytes, round, |bytes| Exact::Integer(u64::from_le_bytes(bytes).into())),
        NumberType::Other(_) => Ok(Vec::new()),
    }
}

/// The bytes and the type of a scalar, such as a batch count.
pub fn scalar_to_bytes(number: &dyn Scalar) -> (NumberType, Vec<u8>) {
    match (is_integer(number), number.to_i64(), number.to_u64()) {
        (true, Some(integer), _) => (NumberType::I64, integer.to_le_bytes().to_vec()),
        (true, None, Some(integer)) => (NumberType::U64, integer.to_le_bytes().to_vec()),
        _ => (NumberType::F64, number.to_f64().unwrap_or(f64::NAN).to_le_bytes().to_vec()),
    }
}

/// The value in a file, if the network's scalar can represent it.
pub fn scalar_from_bytes(
    scalar: &dyn Scalar,
    bytes: &[u8],
    from: &NumberType,
    round: bool,
) -> Result<Box<dyn ToPrimitive>, Unfit> {
    let exact = match from {
        NumberType::I64 => Exact::Integer(bytes.try_into().map_or(0, i64::from_le_bytes).into()),
        NumberType::U64 => Exact::Integer(bytes.try_into().map_or(0, u64::from_le_bytes).into()),
        _ => Exact::Double(<f64 as Stored>::converted(bytes, from, round)?.first().copied().unwrap_or(f64::NAN)),
    };
    // A whole number is an integer, whatever its type in the file. Every `f64` beyond this range is whole.
    let exact = match exact {
        Exact::Double(double) if double.fract() == 0.0 && double.abs() < 1e30 => Exact::Integer(double as i128),
        other => other,
    };
    let converted = |number: &dyn ToPrimitive| match scalar.converted(number) {
        Some(number) => Ok((number.to_i128(), number.to_f64())),
        None => Err(Unfit::Impossible(exact)),
    };
    match exact {
        Exact::Integer(integer) => {
            let (back, _) = converted(&integer)?;
            if back == Some(integer) || round { Ok(Box::new(integer)) } else { Err(Unfit::Rounded(exact)) }
        }
        // An integer scalar can't be a fraction, rounded or not.
        Exact::Double(_) if is_integer(scalar) => Err(Unfit::Impossible(exact)),
        Exact::Double(double) => match converted(&double)? {
            (_, Some(back)) if back == double || double.is_nan() => Ok(Box::new(double)),
            (_, Some(back)) if back.is_infinite() => Err(Unfit::Impossible(exact)),
            (_, Some(_)) if round => Ok(Box::new(double)),
            _ => Err(Unfit::Rounded(exact)),
        },
        Exact::Single(float) => converted(&float).map(|_| Box::new(float) as Box<dyn ToPrimitive>),
    }
}

/// Whether the type of the scalar is an integer type.
fn is_integer(scalar: &dyn Scalar) -> bool {
    scalar.converted(&0.5_f64).and_then(|half| half.to_f64()) != Some(0.5)
}
