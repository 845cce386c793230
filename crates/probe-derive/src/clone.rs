//! `impl Clone`: the clone has a probe of its own, and is measured.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_quote};

use crate::attributes::Container;
use crate::bounds::with_bounds;
use crate::shape::{Shape, Variant};

pub fn clone(input: &DeriveInput, container: &Container, shape: &Shape) -> TokenStream {
    let bound = parse_quote! { ::unfreed_probe::get_size2::GetSize };
    let mut generics = with_bounds(&input.generics, container, shape, &bound);
    for parameter in input.generics.type_params() {
        let parameter = &parameter.ident;
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote! { #parameter: ::core::clone::Clone });
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let name = &input.ident;
    let arms = shape.variants.iter().map(arm);
    quote! {
        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #name #ty_generics #where_clause {
            #[track_caller]
            fn clone(&self) -> Self {
                ::unfreed_probe::Track::tracked(|probe| match self { #(#arms)* })
            }
        }
    }
}

fn arm(variant: &Variant) -> TokenStream {
    let path = variant.path();
    let bindings = variant
        .fields
        .iter()
        .filter(|field| !field.is_probe)
        .map(|field| {
            let (member, binding) = (&field.member, &field.binding);
            quote! { #member: #binding, }
        });
    let values = variant.fields.iter().map(|field| {
        let (member, binding) = (&field.member, &field.binding);
        if field.is_probe {
            quote! { #member: probe, }
        } else {
            quote! { #member: ::core::clone::Clone::clone(#binding), }
        }
    });
    quote! {
        #path { #(#bindings)* .. } => #path { #(#values)* },
    }
}
