//! The macro as a function of tokens: it never panics, and its output is Rust.

use super::expansion;
use proc_macro2::TokenStream;
use proptest::prelude::*;

const RIGHT: [&str; 9] = [
    "< Conv2d<1,8,3>, ReLU, MaxPool2d<2>, Flatten, Linear<..,10>, Softmax >",
    "Input<1, 28, 28>, Flatten, Linear<.., HIDDEN>, nn::Linear<{ HIDDEN * 2 }, 10,>, Dropout<p = RATE>,",
    "Input<1>, ::my::Layer<-0.5, true, (3, SIZE), padding = Same, stride = (1, 2)>",
    "/// Doc. \n #[cfg(test)] pub(crate) struct Net: Input<3, 8, 8> { conv: Conv2d<.., 4, 3>, ReLU, r#type: Linear<.., 2> }",
    "struct Net: Input<{ 2 + 3 }> { a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H }",
    "pub struct Net: Input<> { Linear<.., 1> }",
    "Input<3>, [Linear<.., 4>, [ReLU] * 2], Residual<[Linear<.., 4>], shortcut = [Tanh]>, ReLU * COUNT",
    "pub struct Block<const C: usize, const P: f64 = 0.5, const B: bool = true> { Linear<.., { C * 2 }, bias = B>, Dropout<P> }",
    "struct Net<const N: usize> { If<{ N > 1 }, then = [a: A], otherwise = [b: [c: C<N>] * N]>, r#type: A, Sum<[A], [B<N, N>]> }",
];

/// Whether tokens are a type or items.
fn is_rust(tokens: TokenStream) -> bool {
    syn::parse2::<syn::Type>(tokens.clone()).is_ok() || syn::parse2::<syn::File>(tokens).is_ok()
}

fn expand(text: &str) -> String {
    expansion(text.parse().expect("tokens")).to_string()
}

#[test]
fn right_declarations_expand_without_an_error() {
    for text in RIGHT {
        let tokens = expansion(text.parse().expect("tokens"));
        assert!(!tokens.to_string().contains("compile_error"), "{text}: {tokens}");
        assert!(is_rust(tokens), "{text}");
    }
}

#[test]
fn each_argument_is_a_type() {
    let text = expand("L<8, .., 0.5, true, SIZE, Same, (1, 2), k = RATE>");
    for part in [
        "Const < 8 >",
        "Auto",
        "Float < 4602678819172646912 >",
        "Flag < true >",
        "Const < { SIZE } >",
        "Word < 1701667155 , 0 >",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains(r#"Keyword < { :: shapewright :: private :: key ("k") }"#), "{text}");
}

#[test]
fn all_mistakes_of_form_are_told_at_once() {
    let text = expand("struct Net: Input<..> { a: ReLU, a: ReLU<x = 1, x = 2>, b: Conv2d<1, 1, (.., 3)> }");
    assert_eq!(text.matches("compile_error").count(), 4, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30_000, ..ProptestConfig::default() })]

    /// Tokens are removed, duplicated, swapped or inserted: the result is an error or an expansion, never a panic.
    #[test]
    fn the_macro_never_panics(
        start in 0..RIGHT.len(),
        edits in prop::collection::vec((0_usize..4, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        const TOKENS: [&str; 22] = [
            "<", ">", ",", ":", "::", "..", "=", "*", "-", "3", "0.5", "\"x\"", "Input", "struct", "Self", "crate", "r#fn",
            "(1, 2)", "[ReLU]", "{ 1 }", "#[a]", "99999999999999999999999",
        ];
        let tokens: TokenStream = RIGHT[start].parse().expect("tokens");
        let mut trees: Vec<String> = tokens.into_iter().map(|tree| tree.to_string()).collect();
        for (edit, at, other) in edits {
            if trees.is_empty() {
                break;
            }
            let count = trees.len();
            let at = at.index(count);
            match edit {
                0 => drop(trees.remove(at)),
                1 => trees.insert(at, trees[other.index(count)].clone()),
                2 => trees.swap(at, other.index(count)),
                _ => trees.insert(at, TOKENS[other.index(TOKENS.len())].to_string()),
            }
        }
        if let Ok(tokens) = trees.join(" ").parse::<TokenStream>() {
            prop_assert!(is_rust(expansion(tokens.clone())), "{tokens}");
        }
    }
}
