//! Transfers of data from the host to a device: once per batch, or once per thread.

use std::hash::Hash;

use dfdx::prelude::{Cpu, CpuError, HasErr, Shape, Storage, Tensor, Unit, ZerosTensor};

/// A device that data on the host can be uploaded to.
pub trait Upload: HasErr + Sized + 'static {
    /// A tensor with the given values, in order. The host doesn't wait for the copy to complete.
    ///
    /// # Panics
    /// If the number of values differs from the number of the shape's elements.
    fn try_upload<S: Shape, V: Unit>(&self, values: &[V], shape: S) -> Result<Tensor<S, V, Self>, Self::Err>
    where
        Self: Storage<V>;

    /// A value that depends on `key` alone, such as the indices of a convolution or the matrix of a pooling. The device either
    /// makes it with each call, or keeps it from an earlier call.
    fn try_keep<K, T>(&self, key: K, make: impl FnOnce(K) -> Result<T, Self::Err>) -> Result<T, Self::Err>
    where
        K: Clone + Eq + Hash + 'static,
        T: Clone + 'static,
    {
        make(key)
    }
}

impl Upload for Cpu {
    /// This avoids dfdx's `tensor_from_vec`, which leaks a buffer with each call while its cache is enabled.
    fn try_upload<S: Shape, V: Unit>(&self, values: &[V], shape: S) -> Result<Tensor<S, V, Self>, CpuError> {
        let mut tensor = self.try_zeros_like(&shape)?;
        tensor.copy_from(values);
        Ok(tensor)
    }
}

#[cfg(feature = "cuda")]
mod cuda {
    use std::any::{Any, TypeId};
    use std::cell::RefCell;
    use std::collections::HashMap;

    use dfdx::prelude::{Cuda, CudaError, TensorFromVec};

    use super::*;

    thread_local! {
        /// The kept values, by the number of the GPU and their type. A program has as many geometries as its networks have
        /// layers, so no value is ever removed. (dfdx's tensors on a GPU can't leave their thread, so each thread keeps its own.)
        static KEPT: RefCell<HashMap<(usize, TypeId), Box<dyn Any>>> = RefCell::default();
    }

    /// The number of a GPU, which dfdx's buffers expose.
    fn ordinal(device: &Cuda) -> Result<usize, CudaError> {
        let nothing = Storage::<f32>::try_alloc_len(device, 0)?;
        Ok(nothing.device().ordinal())
    }

    impl Upload for Cuda {
        /// Passes a vector, so that the driver copies while the host continues; for a slice, the host would wait.
        fn try_upload<S: Shape, V: Unit>(&self, values: &[V], shape: S) -> Result<Tensor<S, V, Self>, CudaError> {
            assert_eq!(values.len(), shape.num_elements(), "elements for a tensor of {shape:?}");
            self.try_tensor_from_vec(values.to_vec(), shape)
        }

        fn try_keep<K, T>(&self, key: K, make: impl FnOnce(K) -> Result<T, CudaError>) -> Result<T, CudaError>
        where
            K: Clone + Eq + Hash + 'static,
            T: Clone + 'static,
        {
            type Kept<K, T> = HashMap<K, T>;
            let place = (ordinal(self)?, TypeId::of::<Kept<K, T>>());
            let found = |kept: &mut Box<dyn Any>| kept.downcast_mut::<Kept<K, T>>()?.get(&key).cloned();
            if let Some(found) = KEPT.with_borrow_mut(|kept| kept.get_mut(&place).and_then(found)) {
                return Ok(found);
            }
            let made = make(key.clone())?;
            KEPT.with_borrow_mut(|kept| {
                let kept = kept.entry(place).or_insert_with(|| Box::new(Kept::<K, T>::new()));
                kept.downcast_mut::<Kept<K, T>>().expect("it is found by its type").insert(key, made.clone());
            });
            Ok(made)
        }
    }
}

#[cfg(all(test, feature = "cuda"))]
mod tests {
    use dfdx::prelude::{AsArray, Cuda, Rank1, TensorFrom};

    use super::*;

    type Three = Tensor<Rank1<3>, f32, Cuda>;

    /// The value that is kept under a key, and whether it was made by this call.
    fn keep<K: Clone + Eq + Hash + 'static>(device: &Cuda, key: K, values: [f32; 3]) -> ([f32; 3], bool) {
        let mut made = false;
        let kept: Three = device
            .try_keep(key, |_| {
                made = true;
                Ok(device.tensor(values))
            })
            .unwrap();
        (kept.array(), made)
    }

    #[test]
    fn what_is_kept_is_made_once() {
        let device = Cuda::default();
        assert_eq!(keep(&device, ("a", 1), [1.0; 3]), ([1.0; 3], true));
        assert_eq!(keep(&device, ("a", 1), [2.0; 3]), ([1.0; 3], false));
        assert_eq!(keep(&device, ("a", 2), [3.0; 3]), ([3.0; 3], true));
        assert_eq!(keep(&device, "a", [4.0; 3]), ([4.0; 3], true), "another type of key");
        assert_eq!(keep(&Cuda::default(), "a", [5.0; 3]), ([4.0; 3], false), "the same GPU");
    }

    #[test]
    #[ignore = "it takes two GPUs"]
    fn each_gpu_has_its_own() {
        let [first, second] = [0, 1].map(|ordinal| Cuda::try_build(ordinal, 0).unwrap());
        assert_eq!(keep(&first, "each", [1.0; 3]), ([1.0; 3], true));
        assert_eq!(keep(&second, "each", [2.0; 3]), ([2.0; 3], true));
        assert_eq!(keep(&first, "each", [3.0; 3]), ([1.0; 3], false));
        assert_eq!(keep(&second, "each", [3.0; 3]), ([2.0; 3], false));
    }
}
