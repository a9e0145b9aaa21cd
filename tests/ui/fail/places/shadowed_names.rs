//! Among names that hide those of the standard library.
#![allow(dead_code, non_camel_case_types)]
use shapewright::prelude::{Linear, ReLU, Sum, network};

type Result<T> = (T, T);
struct Option;
struct Vec;
struct String;
struct Some;
struct None;
struct usize;
struct f32;
struct bool;
trait Layer {}
trait Clone {}
mod std {}
mod core {}
mod shapewright_macros {}

network! { struct Block<const C: usize, const DEEP: bool> { Sum<[Linear<.., C>], [Linear<.., { C + 1 }>]>, ReLU } }
network! { struct Net: Input<8> { Block<4, true>, Linear<5, 2> } }
type Alias = network!(Input<8>, Linear<7, 8>);

fn main() {}
