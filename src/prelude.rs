//! What a program that uses shapewright needs: `use shapewright::prelude::*;`.

pub use crate::error::{Error, Result};
pub use crate::layers::*;
pub use crate::loss::WithoutTape as _;
pub use crate::loss::{CrossEntropyLoss, HuberLoss, MSELoss, Reduction, SmoothL1Loss};
pub use crate::network;
pub use crate::network::Network;
pub use crate::ops::{Backend, Upload};
pub use crate::optim::{Adam, Optimizer, RMSprop, Sgd};
pub use crate::plan::{Plan, Session};
pub use crate::shape::{Array5, Image, Matrix, Scalar, Vector, Volume};
pub use dfdx::nn::{DeviceBuildExt, ModelEMA, NumParams, ResetParams, ToDevice, ToDtype, ZeroGrads};
pub use dfdx::optim::{AdamConfig, Momentum, RMSpropConfig, SgdConfig, WeightDecay};
pub use dfdx::shapes::{Const, Dim, Dtype, HasShape, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5};
pub use dfdx::tensor::{
    AsArray, AutoDevice, Cache, Cpu, Gradients, NoneTape, OnesTensor, OwnedTape, SampleTensor, Tape, Tensor,
    TensorFrom, TensorFromVec, Trace, ZerosTensor,
};
pub use dfdx::tensor_ops::{Backward, Device};
