//! Lists, a page at a time, and query parameters in general.

use crate::problem::{Fault, Problem};
use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri, Query},
    http::request::Parts,
};
use identity_core::port::Page;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        DeserializeOwned, Error as _,
        value::{self, MapDeserializer},
    },
};
use std::{fmt::Display, str::FromStr, vec::IntoIter};
use utoipa::ToSchema;

/// Query parameters; a type for them denies unknown ones.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(_) => Err(Fault::QueryInvalid.into()),
        }
    }
}

/// No query parameters at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "K: FromStr")]
pub(crate) struct PageQuery<K> {
    /// What `next` of the page before says.
    #[serde(default, deserialize_with = "parsed")]
    after: Option<K>,
    /// The most lines, 1 to 500; 100 by default.
    #[serde(default, deserialize_with = "parsed")]
    limit: Option<u32>,
}

/// Which page, of what is asked. Every parameter of the question is read from a text, with [`parsed`].
pub(crate) struct Paged<T, K>(pub(crate) T, pub(crate) PageQuery<K>);

impl<S: Send + Sync, T: DeserializeOwned, K: FromStr> FromRequestParts<S> for Paged<T, K> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Params(all) = Params::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        let of_page = |(name, _): &(String, _)| matches!(name.as_str(), "after" | "limit");
        let (page, asked): (Vec<_>, Vec<_>) = all.into_iter().partition(of_page);
        let read = || {
            let asked = T::deserialize(values(asked))?;
            Ok::<_, value::Error>(Self(asked, PageQuery::deserialize(values(page))?))
        };
        read().map_err(|_| Fault::QueryInvalid.into())
    }
}

fn values(
    parameters: Vec<(String, String)>,
) -> MapDeserializer<'static, IntoIter<(String, String)>, value::Error> {
    MapDeserializer::new(parameters.into_iter())
}

pub(crate) fn parsed<'de, D: Deserializer<'de>, K: FromStr>(
    deserializer: D,
) -> Result<Option<K>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map(Some)
        .map_err(|_| D::Error::custom("malformed"))
}

impl<K> PageQuery<K> {
    /// Whether a page is asked for, be it the first.
    pub(crate) const fn is_asked(&self) -> bool {
        self.after.is_some() || self.limit.is_some()
    }

    /// What to ask a directory for: a line more than the page has, which tells whether there is a next page.
    pub(crate) fn page(self) -> Result<(Page<K>, Limit), Problem> {
        let (after, limit) = (self.after, self.limit.unwrap_or(100));
        if !(1..=500).contains(&limit) {
            return Err(Fault::QueryInvalid.into());
        }
        let page = Page {
            after,
            limit: limit + 1,
        };
        Ok((page, Limit(limit)))
    }
}

/// The most lines of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) u32);

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageDocument<T> {
    /// The lines.
    items: Vec<T>,
    /// Where the next page is; `null` on the last.
    #[schema(required)]
    next: Option<String>,
}

impl<T> PageDocument<T> {
    /// A list that is short enough for one page.
    pub(crate) const fn whole(items: Vec<T>) -> Json<Self> {
        Json(Self { items, next: None })
    }

    /// The page of what a directory gave for [`PageQuery::page`]. A line may come to several items.
    pub(crate) fn of<L, K: Display, I: IntoIterator<Item = T>>(
        uri: &OriginalUri,
        lines: Vec<L>,
        limit: Limit,
        key: impl Fn(&L) -> K,
        items: impl FnMut(L) -> I,
    ) -> Json<Self> {
        Self::asked(uri, "", lines, limit, key, items)
    }

    /// The same, where more than a page is asked: `also` stands before the page in the query of the next, and ends with `&`.
    pub(crate) fn asked<L, K: Display, I: IntoIterator<Item = T>>(
        uri: &OriginalUri,
        also: &str,
        mut lines: Vec<L>,
        limit: Limit,
        key: impl Fn(&L) -> K,
        items: impl FnMut(L) -> I,
    ) -> Json<Self> {
        let next = limit.cut(&mut lines, key);
        let path = uri.path();
        Json(Self {
            items: lines.into_iter().flat_map(items).collect(),
            next: next.map(|after| format!("{path}?{also}after={after}&limit={}", limit.0)),
        })
    }
}

/// What a request asks for beside its page, as it was sent, for [`PageDocument::asked`].
pub(crate) fn asked_of(uri: &OriginalUri) -> String {
    let parameters = uri.query().unwrap_or_default().split('&');
    let of_page = |it: &&str| it.is_empty() || it.starts_with("after=") || it.starts_with("limit=");
    parameters
        .filter(|it| !of_page(it))
        .map(|it| format!("{it}&"))
        .collect()
}

impl Limit {
    /// Cuts the lines to this many, and says after which the others come, if there are others.
    pub(crate) fn cut<L, K>(self, lines: &mut Vec<L>, key: impl Fn(&L) -> K) -> Option<K> {
        let limit = usize::try_from(self.0).unwrap_or(usize::MAX);
        if lines.len() <= limit {
            return None;
        }
        lines.truncate(limit);
        lines.last().map(key)
    }
}
