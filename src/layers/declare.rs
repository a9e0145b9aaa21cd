//! What every layer's declaration has in common.

/// Declares a layer's type and its signature.
///
/// `layer!(/// docs  Linear(2) [ parameters ])`: the first two parameters may be given by position.
macro_rules! layer {
    ($(#[$doc:meta])* $name:ident($positional:literal) [$($parameter:expr),* $(,)?]) => {
        $(#[$doc])*
        pub struct $name<A = (), K = ()>(std::marker::PhantomData<fn() -> (A, K)>);

        #[diagnostic::do_not_recommend]
        impl<A: $crate::call::Arguments, K: $crate::call::Keywords> $crate::layer::Described for $name<A, K> {
            const CALL: $crate::call::Call =
                $crate::call::Signature::new(stringify!($name), $positional, &[$($parameter),*]).call::<A, K>();
        }

        impl<A, K> Clone for $name<A, K> {
            fn clone(&self) -> Self {
                $name(std::marker::PhantomData)
            }
        }

        impl<A, K> std::fmt::Debug for $name<A, K> {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(stringify!($name))
            }
        }
    };
}

/// Gives a layer without parameters its shape rule and its forward pass.
///
/// `stateless!(Name: |dims, call| rule, |input, call| forward)`; methods of `Forward` that differ in training or for
/// logits follow in braces. The forward pass may name `In`, `Out`, `B`, `E`, `D` and `T`.
macro_rules! stateless {
    ($name:ident: |$dims:pat_param, $called:pat_param| $rule:expr, |$input:ident, $call:pat_param| $forward:expr
        $(, { $($more:item)* })? $(,)?) => {
        #[diagnostic::do_not_recommend]
        impl<In: $crate::shape::Shape, A: $crate::call::Arguments, K: $crate::call::Keywords> $crate::layer::Layer<In>
            for $name<A, K>
        {
            const INFERRED: $crate::shape::Inferred = {
                let ($dims, $called) = (In::DIMS, <Self as $crate::layer::Described>::CALL);
                $rule
            };
            type Module<P: $crate::layer::Place, E: dfdx::shapes::Dtype, D: dfdx::tensor_ops::Device<E>> =
                $crate::layers::Stateless<Self>;
        }

        impl<In, Out, E, D, A, K> $crate::layer::Forward<In, Out, E, D> for $crate::layers::Stateless<$name<A, K>>
        where
            In: $crate::shape::Shape,
            Out: $crate::shape::Shape,
            E: dfdx::shapes::Dtype,
            D: $crate::ops::Backend<E>,
            A: $crate::call::Arguments,
            K: $crate::call::Keywords,
        {
            fn eval<B: dfdx::shapes::Dim, T: dfdx::tensor::Tape<E, D>>(
                &self,
                $input: $crate::layer::Activation<In, B, E, D, T>,
            ) -> $crate::Result<$crate::layer::Activation<Out, B, E, D, T>> {
                let $call = <$name<A, K> as $crate::layer::Described>::CALL;
                $forward
            }

            $($($more)*)?
        }
    };
}

/// Declares an activation: a layer that applies one function to each number.
///
/// `activation!(/// docs  ReLU(0) [ parameters ] |call| ops::activation::Function)`.
macro_rules! activation {
    ($(#[$doc:meta])* $name:ident($positional:literal) [$($parameter:expr),* $(,)?] |$call:pat_param| $activation:expr) => {
        layer!($(#[$doc])* $name($positional) [$($parameter),*]);

        stateless!($name: |dims, _| $crate::shape::Inferred::new(dims), |input, $call| {
            $crate::layer::recast::<In, Out, B, E, D, T>(D::try_activation(input, $activation)?)
        });
    };
}
