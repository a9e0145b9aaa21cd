//! `#[layer(…)]`: the parameters of a layer, declared on its `struct` as in Python.

use crate::word;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Error, ItemStruct, Lit, Result, Token, parenthesized, token};

/// The maximum number of parameters of a layer.
const MOST: usize = 10;

/// The content of the attribute's parentheses.
struct Parameters {
    list: Vec<Parameter>,
    /// How many may be given by position.
    positional: usize,
    /// Whether the first parameter takes any number of arguments.
    repeats: bool,
}

/// `stride: sizes = 1`.
struct Parameter {
    name: Ident,
    kind: TokenStream,
    default: Option<DefaultValue>,
}

/// The default value of a parameter.
struct DefaultValue {
    value: TokenStream,
    span: Span,
}

/// The `struct` with its two lists of arguments, and an implementation of what its attribute declares.
pub fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    match declare(attribute, item.clone()) {
        Ok(tokens) => tokens,
        Err(error) => {
            let error = error.to_compile_error();
            quote!(#error #item)
        }
    }
}

fn declare(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Parameters { list, positional, repeats } = syn::parse2(attribute)?;
    let ItemStruct { attrs, vis, ident, generics, fields, .. } = syn::parse2(item)?;
    if !generics.params.is_empty() || !fields.is_empty() {
        return Err(Error::new(
            ident.span(),
            format!(
                "a layer's type says what it is called with, and holds nothing: write `struct {ident};`, and put parameters \
                 into a module (see `shapewright::layer`)"
            ),
        ));
    }
    for (index, parameter) in list.iter().enumerate() {
        let name = &parameter.name;
        if list[..index].iter().any(|earlier| earlier.name == *name) {
            return Err(Error::new(name.span(), format!("`{name}` is declared twice")));
        }
    }
    if let Some(parameter) = list.get(MOST) {
        return Err(Error::new(parameter.name.span(), format!("a layer has at most {MOST} parameters")));
    }
    let name = ident.to_string();
    let parameters = list.iter().map(|Parameter { name, kind, default }| {
        let name = name.to_string();
        match default {
            Some(DefaultValue { value, .. }) => {
                quote!(::shapewright::private::Parameter::optional(#name, #kind, #value))
            }
            None => quote!(::shapewright::private::Parameter::required(#name, #kind)),
        }
    });
    let defaults = list.iter().filter_map(|Parameter { name, kind, default }| {
        let (name, DefaultValue { value, span }) = (name.to_string(), default.as_ref()?);
        // The compiler shows the span of the default if it is wrong.
        Some(quote_spanned! {*span=>
            const _: () = ::shapewright::private::Parameter::optional(#name, #kind, #value).check_default();
        })
    });
    let repeats = repeats.then(|| quote!(.repeats()));
    // The compiler shows the span of the user's `struct` if it suggests the layer.
    let declared = quote_spanned! {ident.span()=>
        struct #ident<A = (), K = ()>(::shapewright::private::PhantomData<fn() -> (A, K)>);
    };
    Ok(quote! {
        #(#attrs)*
        #vis #declared

        #(#defaults)*

        impl<A: ::shapewright::private::Arguments, K: ::shapewright::private::Keywords> ::shapewright::private::Described
            for #ident<A, K>
        {
            const CALL: ::shapewright::private::Call =
                ::shapewright::private::Signature::new(#name, #positional, &[#(#parameters),*]) #repeats .call::<A, K>();
        }

        impl<A, K> ::shapewright::private::Default for #ident<A, K> {
            fn default() -> Self {
                #ident(::shapewright::private::PhantomData)
            }
        }

        impl<A, K> ::shapewright::private::Clone for #ident<A, K> {
            fn clone(&self) -> Self {
                ::shapewright::private::Default::default()
            }
        }

        impl<A, K> ::shapewright::private::Debug for #ident<A, K> {
            fn fmt(
                &self,
                formatter: &mut ::shapewright::private::Formatter<'_>,
            ) -> ::shapewright::private::StdResult<(), ::shapewright::private::FormatError> {
                formatter.write_str(#name)
            }
        }

        // So that a layer without parameters is its own module.
        impl<A, K> ::shapewright::private::ZeroSizedModule for #ident<A, K> {}

        impl<A, K, __E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>>
            ::shapewright::private::Parameters<__E, __D> for #ident<A, K>
        {
            fn try_new(_: &__D) -> ::shapewright::private::StdResult<Self, __D::Err> {
                ::shapewright::private::StdResult::Ok(::shapewright::private::Default::default())
            }

            fn walk(&self, _: &mut ::shapewright::private::Walk<'_, __E, __D>) {}

            fn walk_mut(&mut self, _: &mut ::shapewright::private::WalkMut<'_, __E, __D>) {}
        }
    })
}

impl Parse for Parameters {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut parameters = Parameters { list: Vec::new(), positional: 0, repeats: false };
        let mut by_name_only = false;
        while !input.is_empty() {
            if input.peek(Token![*]) {
                let star: Token![*] = input.parse()?;
                if by_name_only {
                    return Err(Error::new(star.span, "there is one `*`: what comes behind it is given by name"));
                }
                by_name_only = true;
                if input.peek(syn::Ident) {
                    if !parameters.list.is_empty() {
                        return Err(input.error("what stands for any number of arguments comes first"));
                    }
                    parameters.list.push(input.parse()?);
                    (parameters.positional, parameters.repeats) = (1, true);
                }
            } else {
                parameters.list.push(input.parse()?);
                parameters.positional += usize::from(!by_name_only);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            } else if !input.is_empty() {
                return Err(input.error("expected `,` between two parameters"));
            }
        }
        Ok(parameters)
    }
}

impl Parse for Parameter {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name: Ident = input.parse().map_err(|error| Error::new(error.span(), "expected a parameter's name"))?;
        if !input.peek(Token![:]) {
            return Err(Error::new(name.span(), format!("expected what it takes, as in `{name}: size`")));
        }
        input.parse::<Token![:]>()?;
        let kind = kind(input)?;
        let default = if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            if input.is_empty() {
                return Err(Error::new(equals.span, format!("expected the default of `{name}` behind `=`")));
            }
            Some(default(input)?)
        } else {
            None
        };
        Ok(Parameter { name, kind, default })
    }
}

fn kind(input: ParseStream<'_>) -> Result<TokenStream> {
    let kind: Ident = input.parse()?;
    let name = match kind.to_string().as_str() {
        "size" => "Size",
        "sizes" => "Sizes",
        "count" => "Count",
        "counts" => "Counts",
        "dimension" => "Dimension",
        "padding" => "Padding",
        "float" => "Float",
        "flag" => "Flag",
        "layers" => "Layers",
        "word" if input.peek(token::Paren) => {
            let words;
            parenthesized!(words in input);
            let words: Vec<Ident> = words.parse_terminated(Ident::parse, Token![|])?.into_iter().collect();
            if words.is_empty() {
                return Err(Error::new(kind.span(), "expected the words that can be given, as in `word(One | Other)`"));
            }
            for word in &words {
                let text = word.to_string();
                let spelling = (!word::is_word(&text)).then(|| {
                    format!("a word is spelt as a type's name, as `Tanh`, so that it differs from a constant; `{text}` isn't")
                });
                if let Some(message) = spelling.or_else(|| word::too_long(&text)) {
                    return Err(Error::new(word.span(), message));
                }
            }
            let words = words.iter().map(ToString::to_string);
            return Ok(quote!(::shapewright::private::Kind::Word(&[#(#words),*])));
        }
        _ => {
            return Err(Error::new(
                kind.span(),
                "expected what the parameter takes: `size`, `sizes`, `count`, `counts`, `dimension`, `padding`, `float`, \
                 `flag`, `word(One | Other)` or `layers`",
            ));
        }
    };
    let name = format_ident!("{name}");
    Ok(quote!(::shapewright::private::Kind::#name))
}

fn default(input: ParseStream<'_>) -> Result<DefaultValue> {
    let span = input.span();
    let value = if input.peek(Token![..]) {
        input.parse::<Token![..]>()?;
        quote!(Infer)
    } else if input.peek(syn::Ident) {
        let word = input.parse::<Ident>()?.to_string();
        quote!(Word(#word))
    } else {
        let minus = input.parse::<Option<Token![-]>>()?;
        match input.parse()? {
            Lit::Int(number) if minus.is_none() => quote!(Size(#number)),
            Lit::Int(number) => {
                let number: f64 = number.base10_parse()?;
                quote!(Float(-#number))
            }
            Lit::Float(number) => quote!(Float(#minus #number)),
            Lit::Bool(flag) if minus.is_none() => quote!(Flag(#flag)),
            other => return Err(Error::new(other.span(), "expected `..`, a number, `true`, `false` or a word")),
        }
    };
    Ok(DefaultValue { value: quote!(::shapewright::private::Value::#value), span })
}
