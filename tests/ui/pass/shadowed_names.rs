#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

use ::core::default::Default as _;
use ::shapewright::prelude::{Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Softmax, network};

type Result<T> = (T, T);
struct Option;
struct Some;
struct None;
struct Ok;
struct String;
struct f32;
struct usize_;
struct Clone;
struct Network;
struct Layer;
struct Cpu;
struct E;
struct D;
struct B;
struct __T;
mod core {}
mod std {}
const input: ::core::primitive::usize = 3;
const network: ::core::primitive::usize = 4;

network! {
    /// Its documentation.
    #[allow(unused)]
    pub(crate) struct Net: Input<1, { network * 7 }, 28> {
        r#type: Conv2d<1, 8, input>, ReLU, MaxPool2d<2>, Flatten, Dropout<0.5>, fc: Linear<.., 10>, Softmax,
    }
}
type Alias = network!(Input<1, 28, 28>, Conv2d<1, 8, input>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);

fn main() {
    let device = ::shapewright::prelude::Cpu::default();
    let net: ::core::result::Result<Net<_, _>, _> = Net::build(&device);
    let alias = Alias::build(&device);
    ::core::assert!(net.is_ok() && alias.is_ok());
    const SAME: bool = Net::PARAMS == Alias::PARAMS;
    const { ::core::assert!(SAME) };
}
