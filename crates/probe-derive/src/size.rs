//! `impl GetSize`: what an object owns on the heap, field by field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_quote};

use crate::attributes::{Container, Measured};
use crate::bounds::with_bounds;
use crate::shape::{Shape, Variant};

pub fn get_size(input: &DeriveInput, container: &Container, shape: &Shape) -> TokenStream {
    let bound = parse_quote! { ::unfreed_probe::get_size2::GetSize };
    let generics = with_bounds(&input.generics, container, shape, &bound);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let name = &input.ident;
    let heap = if shape.is_probed() {
        quote! {
            let probe = ::unfreed_probe::Track::__probe(self);
            if ::unfreed_probe::__private::is_counted_by_itself::<Self>(probe) {
                return (0, tracker);
            }
            ::unfreed_probe::Track::__own_heap(self, tracker)
        }
    } else {
        own_heap(shape)
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::unfreed_probe::get_size2::GetSize for #name #ty_generics #where_clause {
            fn get_heap_size(&self) -> usize {
                let tracker = ::unfreed_probe::get_size2::default_tracker();
                ::unfreed_probe::get_size2::GetSize::get_heap_size_with_tracker(self, tracker).0
            }

            fn get_heap_size_with_tracker<__Tracker: ::unfreed_probe::get_size2::GetSizeTracker>(
                &self,
                tracker: __Tracker,
            ) -> (usize, __Tracker) {
                #heap
            }
        }
    }
}

/// The body of a function `(&self, tracker) -> (bytes, tracker)`.
pub fn own_heap(shape: &Shape) -> TokenStream {
    if shape.variants.is_empty() {
        return quote! { match *self {} };
    }
    let arms = shape.variants.iter().map(arm);
    quote! {
        match self {
            #(#arms)*
        }
    }
}

fn arm(variant: &Variant) -> TokenStream {
    let path = variant.path();
    let counted = variant
        .fields
        .iter()
        .filter(|field| !field.is_probe && !matches!(field.measured, Measured::Skipped));
    let bindings = counted.clone().map(|field| {
        let (member, binding) = (&field.member, &field.binding);
        quote! { #member: #binding, }
    });
    let additions = counted.map(|field| {
        let binding = &field.binding;
        match &field.measured {
            Measured::By(function) => quote! {
                let bytes = bytes + #function(#binding);
            },
            _ => quote! {
                let (own, tracker) =
                    ::unfreed_probe::get_size2::GetSize::get_heap_size_with_tracker(#binding, tracker);
                let bytes = bytes + own;
            },
        }
    });
    quote! {
        #path { #(#bindings)* .. } => {
            let bytes = 0usize;
            #(#additions)*
            (bytes, tracker)
        }
    }
}
