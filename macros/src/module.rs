//! `#[derive(Module)]`: the fields of a layer's module, for this library's walk and for dfdx's.

use crate::expand::nested;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Field, GenericArgument, GenericParam, PathArguments, Result, Token, Type,
};

/// The implementations, or an error in the `struct`.
pub fn expand(item: TokenStream) -> TokenStream {
    syn::parse2(item).and_then(|item| derive(&item)).unwrap_or_else(|error| error.to_compile_error())
}

/// `init = …, if = …, sizes = …`.
struct Options {
    init: Expr,
    present: Option<Expr>,
    /// The sizes that the tensor has in files, if they aren't those of its type.
    sizes: Option<Expr>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut init, mut present, mut sizes) = (None, None, None);
        while !input.is_empty() {
            let option = if input.peek(Token![if]) {
                let keyword: Token![if] = input.parse()?;
                Ident::new("present", keyword.span)
            } else {
                input.parse::<Ident>()?
            };
            input.parse::<Token![=]>()?;
            let value = input.parse()?;
            match option.to_string().as_str() {
                "init" => init = Some(value),
                "present" => present = Some(value),
                "sizes" => sizes = Some(value),
                _ => return Err(Error::new(option.span(), "expected `init = …`, `if = …` or `sizes = …`")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let missing = || input.error("expected `init = |tensor| …`, which gives the initial values");
        Ok(Options { init: init.ok_or_else(missing)?, present, sizes })
    }
}

fn derive(item: &DeriveInput) -> Result<TokenStream> {
    let name = &item.ident;
    let Data::Struct(data) = &item.data else {
        return Err(Error::new(name.span(), "a module is a `struct` with a field for each tensor"));
    };
    let types: Vec<&Ident> = item.generics.type_params().map(|parameter| &parameter.ident).collect();
    let [.., dtype, device] = types.as_slice() else {
        let message =
            format!("a module's last parameters are its dtype and its device: `{name}<…, E: Dtype, D: Device<E>>`");
        return Err(Error::new(name.span(), message));
    };
    let place = item.generics.type_params().find(|parameter| {
        parameter.bounds.iter().any(|bound| {
            matches!(bound, syn::TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|segment| segment.ident == "Place"))
        })
    });
    let trains = place.map_or_else(
        || quote!(::shapewright::private::Trained),
        |place| {
            let place = &place.ident;
            quote!(<#place as ::shapewright::private::Place>::Training)
        },
    );
    let (mut visits, mut patterns, mut made) = (Vec::new(), Vec::new(), Vec::new());
    let (mut new, mut walk, mut walk_mut) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for field in &data.fields {
        let Some(field_name) = &field.ident else {
            return Err(Error::new(name.span(), "a module's fields have names, as its tensors in a file do"));
        };
        let Some(visit) = visit(field, field_name, &trains)? else {
            let default = quote!(#field_name: ::shapewright::private::Default::default(),);
            made.push(default.clone());
            new.extend(default);
            continue;
        };
        let value = &visit.new;
        new.extend(quote!(#field_name: #value,));
        walk.extend(visit.walk(field_name, &quote!(&)));
        walk_mut.extend(visit.walk(field_name, &quote!(&mut)));
        let pattern = format_ident!("__{field_name}");
        made.push(match visit.optional {
            true => quote!(#field_name: ::shapewright::private::first(#pattern),),
            false => quote!(#field_name: #pattern,),
        });
        visits.push(visit.tokens);
        patterns.push(pattern);
    }
    let (visits, pattern) = (nested(&visits), nested(&patterns));
    let (bounds, generics, conditions) = item.generics.split_for_impl();
    let others = item.generics.params.iter().map(|parameter| match parameter {
        GenericParam::Type(parameter) if parameter.ident == **dtype => quote!(__E2),
        GenericParam::Type(parameter) if parameter.ident == **device => quote!(__D2),
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
    });
    let ignored = (walk.is_empty()).then(|| quote!(let _ = __walk;));
    Ok(quote! {
        impl #bounds ::shapewright::private::Parameters<#dtype, #device> for #name #generics #conditions {
            fn try_new(__device: &#device) -> ::shapewright::private::StdResult<Self, #device::Err> {
                ::shapewright::private::StdResult::Ok(#name { #new })
            }

            fn walk(
                &self,
                __walk: &mut ::shapewright::private::Walk<'_, #dtype, #device>,
            ) {
                #ignored #walk
            }

            fn walk_mut(
                &mut self,
                __walk: &mut ::shapewright::private::WalkMut<'_, #dtype, #device>,
            ) {
                #ignored #walk_mut
            }
        }

        impl #bounds ::shapewright::private::TensorCollection<#dtype, #device> for #name #generics #conditions {
            type To<__E2: ::shapewright::private::Dtype, __D2: ::shapewright::private::Device<__E2>> = #name<#(#others),*>;

            fn iter_tensors<__V: ::shapewright::private::ModuleVisitor<Self, #dtype, #device>>(
                __visitor: &mut __V,
            ) -> ::shapewright::private::StdResult<::shapewright::private::Option<Self::To<__V::E2, __V::D2>>, __V::Err> {
                __visitor.visit_fields(#visits, |#pattern| #name { #(#made)* })
            }
        }
    })
}

/// How a field is visited.
struct Visit {
    /// The code for dfdx's walk.
    tokens: TokenStream,
    /// Its initial value.
    new: TokenStream,
    /// The walk's method for it, and the arguments after its name and itself.
    method: TokenStream,
    arguments: TokenStream,
    optional: bool,
    /// The sizes that it has in files, if they aren't those of its type.
    sizes: Option<Expr>,
}

impl Visit {
    /// The code for this library's walk.
    fn walk(&self, field: &Ident, reference: &TokenStream) -> TokenStream {
        let Visit { method, arguments, optional, sizes, .. } = self;
        let name = field.to_string();
        let seen = |field: TokenStream| match sizes {
            None => field,
            Some(sizes) => quote!(#reference ::shapewright::private::Resized::new(#field, #sizes)),
        };
        if *optional {
            let seen = seen(quote!(__field));
            return quote! {
                if let ::shapewright::private::Some(__field) = #reference self.#field {
                    __walk.#method(#name, #seen #arguments);
                }
            };
        }
        let seen = seen(quote!(#reference self.#field));
        quote!(__walk.#method(#name, #seen #arguments);)
    }
}

fn visit(field: &Field, name: &Ident, trains: &TokenStream) -> Result<Option<Visit>> {
    let is = |attribute: &&Attribute, name| attribute.path().is_ident(name);
    let text = name.to_string();
    if field.attrs.iter().any(|attribute| attribute.path().is_ident("module")) {
        let tokens = quote!(Self::module(#text, |__module| &__module.#name, |__module| &mut __module.#name));
        return Ok(Some(Visit {
            tokens,
            new: quote!(::shapewright::private::Parameters::try_new(__device)?),
            method: quote!(module),
            arguments: TokenStream::new(),
            optional: false,
            sizes: None,
        }));
    }
    if field.attrs.iter().any(|attribute| attribute.path().is_ident("scalar")) {
        let tokens = quote! {
            Self::scalar(
                #text,
                |__module| &__module.#name,
                |__module| &mut __module.#name,
                ::shapewright::private::ScalarOptions::from_default(::shapewright::private::Default::default()),
            )
        };
        return Ok(Some(Visit {
            tokens,
            new: quote!(::shapewright::private::Default::default()),
            method: quote!(scalar),
            arguments: TokenStream::new(),
            optional: false,
            sizes: None,
        }));
    }
    let (attribute, kind, trains) = match field.attrs.iter().find(|attribute| is(attribute, "parameter")) {
        Some(parameter) => (
            parameter,
            quote!(parameter::<#trains, _, _, _>),
            quote!(<#trains as ::shapewright::private::Training>::TRAINS),
        ),
        None => match field.attrs.iter().find(|attribute| is(attribute, "buffer")) {
            Some(buffer) => (buffer, quote!(buffer), quote!(false)),
            None => return Ok(None),
        },
    };
    let Options { init, present, sizes } = attribute.parse_args()?;
    if sizes.is_some() && !attribute.path().is_ident("parameter") {
        return Err(Error::new_spanned(attribute, "a buffer has the sizes of its type: `sizes` is for parameters"));
    }
    let options = quote!(::shapewright::private::#kind(#init));
    let tokens = match &present {
        None => quote!(Self::tensor(#text, |__module| &__module.#name, |__module| &mut __module.#name, #options)),
        Some(present) => quote! {
            if #present {
                ::shapewright::private::vec![Self::tensor(
                    #text,
                    |__module| ::shapewright::private::built(&__module.#name),
                    |__module| ::shapewright::private::built_mut(&mut __module.#name),
                    #options,
                )]
            } else {
                ::shapewright::private::Vec::new()
            }
        },
    };
    let ty = if present.is_some() { inside_option(&field.ty) } else { &field.ty };
    let initial = quote!(<#ty as ::shapewright::private::InitialTensor<_, _>>::try_initial(__device, #init)?);
    let new = match &present {
        None => initial,
        Some(present) => quote! {
            if #present { ::shapewright::private::Some(#initial) } else { ::shapewright::private::None }
        },
    };
    let optional = present.is_some();
    Ok(Some(Visit { tokens, new, method: quote!(tensor), arguments: quote!(, #trains), optional, sizes }))
}

/// The type in an `Option<…>`. Other types are left to the compiler's error message.
fn inside_option(ty: &Type) -> &Type {
    if let Type::Path(path) = ty
        && let Some(segment) = path.path.segments.last()
        && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let Some(GenericArgument::Type(inside)) = arguments.args.first()
    {
        return inside;
    }
    ty
}
