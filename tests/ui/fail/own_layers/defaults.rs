//! Defaults that the parameter couldn't be given, and words that can't be written.
use shapewright::layer::layer;

#[layer(eps: size = 0.00001)]
struct FloatForASize;

#[layer(p: float = true)]
struct FlagForAFloat;

#[layer(p: float = ..)]
struct FloatThatFollows;

#[layer(size: size = 0)]
struct NoSize;

#[layer(mode: word(Fast | Exact) = Slow)]
struct AnotherWord;

#[layer(mode: word(FAST | Exact))]
struct SpeltAsAConstant;

#[layer(mode: word())]
struct NoWords;

fn main() {}
