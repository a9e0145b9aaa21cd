//! What every layer's declaration has in common.

/// Gives a layer without parameters its shape rule and its forward pass.
///
/// `stateless!(Name: |dims, call| rule, |input, call, context| forward)`: the forward pass gets the elements and makes elements of
/// them; it may name `In`, `E` and `D`.
macro_rules! stateless {
    ($name:ident: |$dims:pat_param, $called:pat_param| $rule:expr, |$input:ident, $call:pat_param, $context:pat_param| $forward:expr
        $(,)?) => {
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

        impl<In, E, D, A, K> $crate::layer::Forward<In, E, D> for $name<A, K>
        where
            In: $crate::shape::Shape,
            E: dfdx::shapes::Dtype,
            D: $crate::ops::Backend<E>,
            A: $crate::call::Arguments,
            K: $crate::call::Keywords,
        {
            fn run(
                &self,
                input: $crate::layer::Value<E, D>,
                context: &mut $crate::layer::Context<E, D>,
            ) -> $crate::Result<$crate::layer::Value<E, D>> {
                let ($input, $context) = (input.elements()?, &*context);
                let $call = <Self as $crate::layer::Described>::CALL;
                let output: $crate::Result<$crate::layer::Activation<E, D>> = $forward;
                Ok($crate::layer::Value::Elements(output?))
            }
        }
    };
}

/// An activation of a batch.
pub(crate) fn activate<E: dfdx::shapes::Dtype, D: crate::ops::Backend<E>>(
    input: crate::layer::Activation<E, D>,
    function: impl Into<crate::ops::activation::Function>,
) -> crate::Result<crate::layer::Activation<E, D>> {
    Ok(D::try_activation(input, function.into())?)
}

/// Gives an activation, which applies one function to each element, its rule and its forward pass:
/// `activation!(ReLU: |call| activation::Relu)`.
macro_rules! activation {
    ($name:ident: |$call:pat_param| $function:expr) => {
        stateless!($name: |dims, _| $crate::shape::Inferred::new(dims), |input, $call, _| {
            $crate::layers::declare::activate(input, $function)
        });
    };
}

/// Gives a layer that is made of lists its shape rule and what else its `Layer` says:
/// `branching!(Name: a constant expression over In, A and K, { items })`; `Name of FeedsParts:` where its lists by position don't
/// receive its input.
macro_rules! branching {
    ($name:ident $(of $feed:ty)?: $inferred:expr, { $($item:item)* }) => {
        #[diagnostic::do_not_recommend]
        impl<In, A, K> $crate::layer::Layer<In> for $name<A, K>
        where
            In: $crate::shape::Shape,
            A: $crate::call::Arguments + $crate::network::Branches<In $(, $feed)?>,
            K: $crate::call::Keywords + $crate::network::Branches<In>,
        {
            const INFERRED: $crate::shape::Inferred = $inferred;
            $(const FED: $crate::shape::Fed = <$feed as $crate::network::Feeds>::FED;)?
            const STRUCTURE: $crate::network::Structure = $crate::network::Structure::Both(
                &$crate::network::Structure::Lists(A::STRUCTURES),
                &$crate::network::Structure::Chosen(K::STRUCTURES, <Self as $crate::layer::Layer<In>>::RUNS),
            );
            type Module<P: $crate::layer::Place, E: dfdx::shapes::Dtype, D: dfdx::tensor_ops::Device<E>> =
                $crate::network::BranchingModule<Self, A::Modules<Self, P, E, D>, K::Modules<Self, P, E, D>>;
            $($item)*
        }
    };
}
