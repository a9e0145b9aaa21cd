//! A budget that a network exceeds.
use shapewright::prelude::*;

network! { struct Net: Input<784> { Linear<.., 1000> } }
const _: () = assert!(Net::PARAMS < 100_000, "too large");

fn main() {}
