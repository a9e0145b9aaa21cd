//! Modules that consist of other modules.

/// Implements [`Parameters`](super::Parameters) for a module whose fields are other modules, and optionally a
/// `PhantomData`. The fields add nothing to the paths of their tensors.
macro_rules! made_of {
    ([$($generics:tt)*] $module:ty { $($field:tt: $inner:ty),* } $($marker:tt)?) => {
        impl<$($generics)* E, D> $crate::parameters::Parameters<E, D> for $module
        where
            E: dfdx::shapes::Dtype,
            D: dfdx::tensor_ops::Device<E>,
            $($inner: $crate::parameters::Parameters<E, D>,)*
        {
            fn try_new(device: &D) -> std::result::Result<Self, D::Err> {
                let _ = device;
                Ok(Self {
                    $($field: <$inner as $crate::parameters::Parameters<E, D>>::try_new(device)?,)*
                    $($marker: std::marker::PhantomData,)?
                })
            }

            fn walk(&self, walk: &mut $crate::parameters::Walk<'_, E, D>) {
                let _ = &walk;
                $(walk.module("", &self.$field);)*
            }

            fn walk_mut(&mut self, walk: &mut $crate::parameters::WalkMut<'_, E, D>) {
                let _ = &walk;
                $(walk.module("", &mut self.$field);)*
            }
        }
    };
}

pub(crate) use made_of;
