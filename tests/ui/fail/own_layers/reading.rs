//! Parameters that a rule reads as another kind, or at positions that aren't there.
use shapewright::layer::*;
use shapewright::prelude::*;

macro_rules! layers {
    ($($name:ident: $read:ident($($argument:expr),*);)*) => {$(
        #[layer(features: size = .., *, eps: float = 0.00001, mode: word(Fast | Exact) = Fast)]
        struct $name;

        impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for $name<A, K> {
            const INFERRED: Inferred = {
                let _ = Self::CALL.$read($($argument),*);
                Inferred::new(In::DIMS)
            };
            type Module<P: Place, E: Dtype, D: Device<E>> = Self;
        }
    )*};
}

layers! {
    SizeAsFloat: float(0);
    FloatAsSize: size(1);
    FloatAsFlag: flag(1);
    WordAsPair: pair_or(2, (1, 1));
    NoSuchParameter: value(3);
    WhatFollows: size(0);
}

type A = network!(Input<4>, SizeAsFloat);
type B = network!(Input<4>, FloatAsSize);
type C = network!(Input<4>, FloatAsFlag);
type D = network!(Input<4>, WordAsPair);
type E = network!(Input<4>, NoSuchParameter);
type F = network!(Input<4>, WhatFollows);

fn main() {}
