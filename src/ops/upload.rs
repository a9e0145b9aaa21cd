//! How numbers get from the host to a device: once a batch, or once and for all.

use std::hash::Hash;

use dfdx::prelude::{Cpu, CpuError, HasErr, Shape, Storage, Tensor, Unit, ZerosTensor};

/// A device that numbers of the host can be brought to.
pub trait Upload: HasErr + Sized + 'static {
    /// A tensor of the given numbers, in order. The host doesn't wait for it to arrive.
    ///
    /// # Panics
    /// If there are more or fewer numbers than the shape has elements.
    fn try_upload<S: Shape, V: Unit>(&self, values: &[V], shape: S) -> Result<Tensor<S, V, Self>, Self::Err>
    where
        Self: Storage<V>;

    /// What follows from `key` alone: the indices of a convolution, the matrix of a pooling. It is made anew, or it was
    /// made before and is still there.
    fn try_keep<K, T>(&self, key: K, make: impl FnOnce(K) -> Result<T, Self::Err>) -> Result<T, Self::Err>
    where
        K: Clone + Eq + Hash + 'static,
        T: Clone + 'static,
    {
        make(key)
    }
}

impl Upload for Cpu {
    /// Not dfdx's `tensor_from_vec`: while its cache is enabled, that leaks a buffer each time.
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
        /// By the number of the GPU and the type of what is kept. A program has as many geometries as its networks have
        /// layers, so nothing is ever thrown away. (dfdx's tensors on a GPU stay with their thread, so what is kept does.)
        static KEPT: RefCell<HashMap<(usize, TypeId), Box<dyn Any>>> = RefCell::default();
    }

    /// The number of a GPU, of which dfdx's buffers know.
    fn ordinal(device: &Cuda) -> Result<usize, CudaError> {
        let nothing = Storage::<f32>::try_alloc_len(device, 0)?;
        Ok(nothing.device().ordinal())
    }

    impl Upload for Cuda {
        /// By a vector, which the driver reads while the host goes on; it would wait for the copy of a slice.
        fn try_upload<S: Shape, V: Unit>(&self, values: &[V], shape: S) -> Result<Tensor<S, V, Self>, CudaError> {
            assert_eq!(values.len(), shape.num_elements(), "numbers for a tensor of {shape:?}");
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

    /// What is kept under a key, and whether it had to be made.
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
