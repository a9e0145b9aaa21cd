//! What every layer's declaration has in common.

/// Declares a layer's type and its signature.
///
/// `layer!(/// docs  Linear(2) [ parameters ])`: the first two parameters may be given by position; with `repeats` behind it,
/// the first stands for any number of arguments.
macro_rules! layer {
    ($(#[$doc:meta])* $name:ident($positional:literal) $($repeats:ident)? [$($parameter:expr),* $(,)?]) => {
        $(#[$doc])*
        pub struct $name<A = (), K = ()>(std::marker::PhantomData<fn() -> (A, K)>);

        #[diagnostic::do_not_recommend]
        impl<A: $crate::call::Arguments, K: $crate::call::Keywords> $crate::layer::Described for $name<A, K> {
            const CALL: $crate::call::Call =
                $crate::call::Signature::new(stringify!($name), $positional, &[$($parameter),*])$(.$repeats())?.call::<A, K>();
        }

        impl<A, K> Default for $name<A, K> {
            fn default() -> Self {
                $name(std::marker::PhantomData)
            }
        }

        impl<A, K> Clone for $name<A, K> {
            fn clone(&self) -> Self {
                Self::default()
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
/// logits follow in braces. The forward pass may name `In`, `E`, `D` and `T`.
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
            type Module<P: $crate::layer::Place, E: dfdx::shapes::Dtype, D: dfdx::tensor_ops::Device<E>> = Self;
        }

        // A layer without parameters is its own module.
        impl<A, K> dfdx::nn::ZeroSizedModule for $name<A, K> {}

        impl<In, E, D, A, K> $crate::layer::Forward<In, E, D> for $name<A, K>
        where
            In: $crate::shape::Shape,
            E: dfdx::shapes::Dtype,
            D: $crate::ops::Backend<E>,
            A: $crate::call::Arguments,
            K: $crate::call::Keywords,
        {
            fn eval<T: dfdx::tensor::Tape<E, D>>(
                &self,
                $input: $crate::layer::Activation<E, D, T>,
            ) -> $crate::Result<$crate::layer::Activation<E, D, T>> {
                let $call = <Self as $crate::layer::Described>::CALL;
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
            Ok(D::try_activation(input, $activation)?)
        });
    };
}

/// Gives a layer that is made of lists its shape rule: `branching!(Name: a constant expression over In, A and K)`.
macro_rules! branching {
    ($name:ident: $inferred:expr) => {
        #[diagnostic::do_not_recommend]
        impl<In, A, K> $crate::layer::Layer<In> for $name<A, K>
        where
            In: $crate::shape::Shape,
            A: $crate::call::Arguments + $crate::network::Branches<In>,
            K: $crate::call::Keywords + $crate::network::Branches<In>,
        {
            const INFERRED: $crate::shape::Inferred = $inferred;
            const STRUCTURE: $crate::network::Structure = $crate::network::Structure::Both(
                &$crate::network::Structure::Lists(A::STRUCTURES),
                &$crate::network::Structure::Chosen(K::STRUCTURES, <Self as $crate::network::Branching<In>>::RUNS),
            );
            type Module<P: $crate::layer::Place, E: dfdx::shapes::Dtype, D: dfdx::tensor_ops::Device<E>> =
                $crate::network::BranchingModule<Self, A::Modules<Self, P, E, D>, K::Modules<Self, P, E, D>>;
        }
    };
}
