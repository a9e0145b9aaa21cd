//! The layers, one file each: documentation with a tested example, shape rule, parameters and their initial values,
//! forward pass. What all of them must pass (PyTorch's numbers, finite differences, shapes) is in `tests/suite`.
//!
//! To add one, copy the file that is most like it and add a line here. `network!` knows no layer by name.

#[macro_use]
mod declare;
mod initial;

/// One module a layer, all of its public names here.
macro_rules! index {
    ($($module:ident)*) => {$(
        mod $module;
        pub use $module::*;
    )*};
}

index! {
    adaptive_avg_pool2d
    anchor_rows
    avg_pool2d
    batch_norm
    choose
    columns
    concat
    conv2d
    conv_transpose2d
    dropout
    each
    embedding
    flatten
    frozen
    gelu
    global_avg_pool2d
    hardsigmoid
    hardswish
    identity
    layer_norm
    leaky_relu
    linear
    local_response_norm
    log_softmax
    max_pool2d
    mish
    parallel
    product
    relu
    relu6
    residual
    sigmoid
    silu
    skip
    softmax
    split
    sum
    tanh
    upsample
}
