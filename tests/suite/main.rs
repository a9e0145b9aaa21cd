//! What the library promises, tested from outside: one binary, so that it links once.

mod architectures;
mod averages;
mod composition;
#[path = "../flat/mod.rs"]
mod flat;
mod freezing;
mod golden;
mod gradients;
mod initial;
mod interplay;
#[cfg(not(feature = "cuda"))]
mod kernels;
mod losses;
mod nesting;
mod networks;
mod optimizers;
mod own_layers;
mod precision;
mod shapes;
mod states;
mod support;
mod training;
mod values;
