//! What a program that uses shapewright needs: `use shapewright::prelude::*;`.
//!
//! That is shapewright's layers, losses and optimizers; dfdx's tensors, devices and shapes; and the traits of those of dfdx's
//! operations that programs need beside a network: means, sums, stacks, other shapes. The rest of dfdx is in
//! [`dfdx`], and so in reach of `use dfdx::…` wherever the prelude is.

pub use crate::error::{Error, Result};
pub use crate::layers::*;
pub use crate::loss::WithoutTape as _;
pub use crate::loss::{CrossEntropyLoss, HuberLoss, L1Loss, MSELoss, Reduction, SmoothL1Loss};
pub use crate::network;
pub use crate::network::{Classifier, Network};
pub use crate::ops::{Backend, Detach, InputTape, ToVec, Upload};
pub use crate::optim::{Adam, Adamax, AdamaxConfig, ModelEMA, Optimizer, RMSprop, Sgd};
pub use crate::plan::{Compile, Plan, Session};
pub use crate::shapes;
pub use dfdx;
pub use dfdx::nn::{DeviceBuildExt, NumParams, ResetParams, ToDevice, ToDtype};
pub use dfdx::optim::{AdamConfig, Momentum, RMSpropConfig, SgdConfig, WeightDecay};
pub use dfdx::shapes::{
    Axes2, Axes3, Axes4, Axis, Const, Dim, Dtype, HasShape, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5,
};
pub use dfdx::tensor::{
    AsArray, AutoDevice, Cache, Cpu, Gradients, NoneTape, OnesTensor, OwnedTape, SampleTensor, Tape, Tensor,
    TensorFrom, TensorFromVec, Trace, ZerosTensor,
};
pub use dfdx::tensor_ops::{
    Backward, BroadcastTo, Device, GatherTo, MaxTo, MeanTo, MinTo, PermuteTo, RealizeTo, ReshapeTo, SelectTo, StddevTo,
    SumTo, TryConcatAlong, TryStack, VarTo,
};
