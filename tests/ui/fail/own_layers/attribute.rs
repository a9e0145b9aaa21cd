//! Mistakes in `#[layer(…)]`.
use shapewright::layer::layer;

#[layer(size)]
struct NoKind;

#[layer(size: number)]
struct NoSuchKind;

#[layer(size: size = "3")]
struct Text;

#[layer(size: size other: size)]
struct NoComma;

#[layer(*, a: size, *, b: size)]
struct TwoStars;

#[layer(a: size, *rest: layers)]
struct Rest;

#[layer(3: size)]
struct Number;

#[layer(size: size = )]
struct NoDefault;

#[layer(flag: flag = -true)]
struct Minus;

#[layer(mode: word)]
struct NoWords;

#[layer(a: size, a: size)]
struct Twice;

fn main() {}
