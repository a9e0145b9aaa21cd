//! Blocks, lists and repeats without the standard library's names, and among others of the same names.
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

use ::core::default::Default as _;
use ::shapewright::prelude::{BatchNorm2d, Concat, Conv2d, Flatten, If, Linear, ReLU, Residual, Softmax, Split, network};

type Result<T> = (T, T);
struct Option;
struct Some;
struct None;
struct Ok;
struct Vec;
struct String;
struct f32;
struct usize;
struct bool;
struct Clone;
struct Debug;
struct Default;
struct Network;
struct Layer;
struct Module;
struct Cpu;
struct A;
struct K;
struct P;
struct In;
struct Self_;
mod core {}
mod std {}
mod dfdx {}
mod diagnostic {}
const STRIDE: ::core::primitive::usize = 1;
const call: ::core::primitive::usize = 1;

network! {
    struct Block<const C: usize, const STRIDE: usize = 1, const NORM: bool = true> {
        Residual<[conv: Conv2d<.., C, 3, stride = STRIDE, padding = call>], shortcut = [r#type: Conv2d<.., C, 1, stride = STRIDE>]>,
        If<NORM, then = [norm: BatchNorm2d]>,
        [ReLU] * { STRIDE + 1 },
    }
}
network! {
    struct Net: Input<3, 8, 8> {
        body: [Block<4, { STRIDE + 1 }>, deep: [last: Block<4, NORM = false>]],
        Concat<[Block<2>], [ReLU]>,
        Flatten,
        Split<[Linear<.., 2>], [Linear<.., 2>, Softmax]>,
    }
}
type Alias = network!(Input<4>, [Linear<.., 4>, ReLU] * 2, Residual<[Linear<.., 4>]>);

fn main() {
    let device = ::shapewright::prelude::Cpu::default();
    let net: ::core::result::Result<Net<_, _>, _> = Net::build(&device);
    ::core::assert!(net.is_ok() && Alias::build(&device).is_ok());
}
