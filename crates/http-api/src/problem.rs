//! Problems: the one shape in which this interface says no (RFC 9457), and the problems that are its own.
//!
//! A handler answers with a [`Problem`]; the outermost layer writes it, with the request's id, so that whatever goes wrong
//! leaves in the same shape. What the rules refuse is given its status in [`status`](self::status), and nowhere else.

pub(crate) mod status;

use crate::openapi::schema;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity_core::{
    document::ChoiceDocument, hcp::Hcp, id::Id, person::Person, refusal::Named, time::Instant,
    user::User,
};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request is not answered as it wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) rule: Option<&'static str>,
    pub(crate) next: &'static str,
    pub(crate) named: Option<Box<Named>>,
}

/// A problem as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// `urn:rollcall:problem:` and the code: a name, not an address.
    r#type: String,
    /// The status in words.
    title: &'a str,
    /// The status.
    status: u16,
    /// The stable code, in lower snake case. Programs look at this.
    code: &'a str,
    /// What is wrong, in words that may change.
    detail: &'a str,
    /// The rule that refuses, where a rule does.
    #[schema(required)]
    rule: Option<&'a str>,
    /// The next step that may work.
    next: &'a str,
    /// The request's id, as in `x-request-id`.
    request_id: &'a str,
    /// The persons to choose from, of `several_persons`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    persons: &'a [Id<Person>],
    /// The user that is in the way, of `person_has_user` and `person_has_active_user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid", nullable = false)]
    user: Option<Id<User>>,
    /// The healthcare party that is in the way, of `professional_exists` and `organization_has_children`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid", nullable = false)]
    hcp: Option<Id<Hcp>>,
    /// The users to choose from, of `several_users`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Option<Vec<schema::Choice>>, nullable = false)]
    choices: Vec<ChoiceDocument>,
    /// The first instant at which it may be tried again, of `too_many_tries`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time", nullable = false)]
    until: Option<Instant>,
}

impl Problem {
    /// The problem as it is sent in answer to a request.
    pub(crate) fn document<'a>(&'a self, request_id: &'a str) -> ProblemDocument<'a> {
        let named = self.named.as_deref();
        ProblemDocument {
            r#type: format!("urn:rollcall:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            rule: self.rule,
            next: self.next,
            request_id,
            persons: named.map_or(&[], |it| it.persons.as_slice()),
            user: named.and_then(|it| it.user),
            hcp: named.and_then(|it| it.hcp),
            choices: named
                .into_iter()
                .flat_map(|it| &it.choices)
                .map(|it| ChoiceDocument::from(*it))
                .collect(),
            until: named.and_then(|it| it.until),
        }
    }
}

impl IntoResponse for Problem {
    /// A bare status that carries the problem; the outermost layer writes it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What goes wrong in this interface itself, before or beside any rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not understood, in a way that no other fault names.
    RequestInvalid,
    /// No token, or none that opens anything. All are one answer (E3).
    Unauthenticated,
    /// A part of the path that should be an identifier is none.
    IdInvalid,
    /// Query parameters that are unknown, doubled or malformed.
    QueryInvalid,
    /// An `Idempotency-Key` that is none.
    KeyInvalid,
    /// A JSON body that is none, or has another shape.
    BodyInvalid,
    /// A text that should be a name is none.
    NameInvalid,
    /// A given name without a family name, or the other way round.
    NamesIncomplete,
    /// A text that should be an e-mail address is none.
    EmailInvalid,
    /// A text that should be a date of birth is none.
    BirthDateInvalid,
    /// A text that should be a mobile number is none.
    MobileInvalid,
    /// A text that should be a phone number is none.
    PhoneInvalid,
    /// A text that should refer to a patient record does not.
    PatientInvalid,
    /// A text that should be a permission is none.
    PermissionInvalid,
    /// A text cannot be a password.
    PasswordInvalid,
    /// No such route.
    RouteUnknown,
    /// No such import, or not of this tenant.
    ImportUnknown,
    /// Not with this method.
    MethodNotAllowed,
    /// More bytes than allowed.
    BodyTooLarge,
    /// A body that is no file.
    MediaTypeUnsupported,
    /// A body that is no JSON by its media type.
    JsonExpected,
    /// `multipart/form-data` that cannot be read.
    MultipartInvalid,
    /// Other parts than one file.
    MultipartParts,
    /// Nothing more of the body came.
    UploadStalled,
    /// The connection broke within the body.
    UploadBroken,
    /// It took too long.
    Timeout,
    /// As many imports as allowed are running.
    ImportsBusy,
    /// No room for an upload.
    UploadUnavailable,
    /// Something that should not happen.
    Internal,
}

impl Fault {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::RequestInvalid
            | Self::IdInvalid
            | Self::QueryInvalid
            | Self::KeyInvalid
            | Self::BodyInvalid
            | Self::NameInvalid
            | Self::NamesIncomplete
            | Self::EmailInvalid
            | Self::BirthDateInvalid
            | Self::MobileInvalid
            | Self::PhoneInvalid
            | Self::PatientInvalid
            | Self::PermissionInvalid
            | Self::PasswordInvalid
            | Self::MultipartInvalid
            | Self::MultipartParts
            | Self::UploadBroken => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::RouteUnknown | Self::ImportUnknown => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UploadStalled => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaTypeUnsupported | Self::JsonExpected => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Timeout | Self::ImportsBusy | Self::UploadUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::RequestInvalid => "request_invalid",
            Self::Unauthenticated => "token_invalid",
            Self::IdInvalid => "id_invalid",
            Self::QueryInvalid => "query_invalid",
            Self::KeyInvalid => "idempotency_key_invalid",
            Self::BodyInvalid => "body_invalid",
            Self::NameInvalid => "name_invalid",
            Self::NamesIncomplete => "names_incomplete",
            Self::EmailInvalid => "email_invalid",
            Self::BirthDateInvalid => "birth_date_invalid",
            Self::MobileInvalid => "mobile_invalid",
            Self::PhoneInvalid => "phone_invalid",
            Self::PatientInvalid => "patient_invalid",
            Self::PermissionInvalid => "permission_invalid",
            Self::PasswordInvalid => "password_invalid",
            Self::RouteUnknown => "route_unknown",
            Self::ImportUnknown => "import_unknown",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::MediaTypeUnsupported => "media_type_unsupported",
            Self::JsonExpected => "json_expected",
            Self::MultipartInvalid => "multipart_invalid",
            Self::MultipartParts => "multipart_parts",
            Self::UploadStalled => "upload_stalled",
            Self::UploadBroken => "upload_broken",
            Self::Timeout => "timeout",
            Self::ImportsBusy => "imports_busy",
            Self::UploadUnavailable => "upload_unavailable",
            Self::Internal => "internal",
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::RequestInvalid => "the request was not understood",
            Self::Unauthenticated => "no valid token",
            Self::IdInvalid => "a part of the path is not an identifier",
            Self::QueryInvalid => "a query parameter is unknown, doubled or malformed",
            Self::KeyInvalid => {
                "`Idempotency-Key` is not one value of 1 to 128 visible ASCII characters"
            }
            Self::BodyInvalid => "the body is not JSON of the shape that is described",
            Self::NameInvalid => "not a name",
            Self::NamesIncomplete => "`given` and `family` come together",
            Self::EmailInvalid => "not an e-mail address",
            Self::BirthDateInvalid => "`birth_date` is not a date such as `1971-03-22`",
            Self::MobileInvalid => "not a mobile number",
            Self::PhoneInvalid => "not a phone number",
            Self::PatientInvalid => "not a reference to a patient record",
            Self::PermissionInvalid => "not a permission of the form `area:action`",
            Self::PasswordInvalid => "not a password",
            Self::RouteUnknown => "no such route",
            Self::ImportUnknown => "no such import",
            Self::MethodNotAllowed => "this route does not know the method",
            Self::BodyTooLarge => "the body is larger than allowed",
            Self::MediaTypeUnsupported => "the body's media type is not that of a table",
            Self::JsonExpected => "the body's media type is not that of JSON",
            Self::MultipartInvalid => "the form could not be read",
            Self::MultipartParts => "the form is not one part that is called `file`",
            Self::UploadStalled => "the rest of the body did not come",
            Self::UploadBroken => "the body broke off",
            Self::Timeout => "the answer took too long",
            Self::ImportsBusy => "as many imports as allowed are running",
            Self::UploadUnavailable => "the file could not be put aside",
            Self::Internal => "something went wrong here",
        }
    }

    const fn next(self) -> &'static str {
        match self {
            Self::RequestInvalid
            | Self::RouteUnknown
            | Self::MethodNotAllowed
            | Self::BodyInvalid
            | Self::QueryInvalid => "look at `openapi.json` for what there is",
            Self::Unauthenticated => "send `Authorization: Bearer` with a valid token, or log in",
            Self::IdInvalid => "use an identifier such as `018c2c1d-7c00-7b6a-8f2e-0123456789ab`",
            Self::KeyInvalid => "send one key, such as a fresh UUID",
            Self::NameInvalid
            | Self::EmailInvalid
            | Self::BirthDateInvalid
            | Self::MobileInvalid
            | Self::PhoneInvalid
            | Self::PatientInvalid
            | Self::PermissionInvalid => "correct the value and send it again",
            Self::NamesIncomplete => "give both names, or neither",
            Self::PasswordInvalid => "choose another password",
            Self::ImportUnknown => "use the identifier from the answer to the upload",
            Self::BodyTooLarge => "send less at once",
            Self::MediaTypeUnsupported => {
                "send the file as `application/octet-stream`, or as the part `file` of `multipart/form-data`"
            }
            Self::JsonExpected => "send the body as `application/json`",
            Self::MultipartInvalid | Self::MultipartParts => {
                "send `multipart/form-data` with the file as its one part, called `file`"
            }
            Self::UploadStalled | Self::UploadBroken => "send the file again",
            Self::Timeout => "try again later, with the same `Idempotency-Key` where one was sent",
            Self::ImportsBusy | Self::UploadUnavailable => "try again later",
            Self::Internal => "name the request's id to whoever runs this service",
        }
    }

    #[cfg(test)]
    pub(crate) const ALL: [Self; 29] = [
        Self::RequestInvalid,
        Self::Unauthenticated,
        Self::IdInvalid,
        Self::QueryInvalid,
        Self::KeyInvalid,
        Self::BodyInvalid,
        Self::NameInvalid,
        Self::NamesIncomplete,
        Self::EmailInvalid,
        Self::BirthDateInvalid,
        Self::MobileInvalid,
        Self::PhoneInvalid,
        Self::PatientInvalid,
        Self::PermissionInvalid,
        Self::PasswordInvalid,
        Self::RouteUnknown,
        Self::ImportUnknown,
        Self::MethodNotAllowed,
        Self::BodyTooLarge,
        Self::MediaTypeUnsupported,
        Self::JsonExpected,
        Self::MultipartInvalid,
        Self::MultipartParts,
        Self::UploadStalled,
        Self::UploadBroken,
        Self::Timeout,
        Self::ImportsBusy,
        Self::UploadUnavailable,
        Self::Internal,
    ];

    /// The fault behind a bare status that a library gave.
    pub(crate) fn behind(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::RouteUnknown,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::UploadStalled,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaTypeUnsupported,
            StatusCode::SERVICE_UNAVAILABLE => Self::Timeout,
            it if it.is_client_error() => Self::RequestInvalid,
            _ => Self::Internal,
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self {
            status: fault.status(),
            code: fault.code(),
            detail: fault.detail().into(),
            rule: (fault == Fault::Unauthenticated).then_some("E3"),
            next: fault.next(),
            named: None,
        }
    }
}

impl Fault {
    /// The problem of this fault, with what is wrong in words of their own. They say nothing of what was sent.
    pub(crate) fn because(self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem {
            detail: detail.into(),
            ..self.into()
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_code_of_its_own_and_a_status() {
        let lines: Vec<_> = Fault::ALL
            .iter()
            .map(|it| format!("{} {}", it.status().as_u16(), it.code()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
    400 request_invalid
    401 token_invalid
    400 id_invalid
    400 query_invalid
    400 idempotency_key_invalid
    400 body_invalid
    400 name_invalid
    400 names_incomplete
    400 email_invalid
    400 birth_date_invalid
    400 mobile_invalid
    400 phone_invalid
    400 patient_invalid
    400 permission_invalid
    400 password_invalid
    404 route_unknown
    404 import_unknown
    405 method_not_allowed
    413 body_too_large
    415 media_type_unsupported
    415 json_expected
    400 multipart_invalid
    400 multipart_parts
    408 upload_stalled
    400 upload_broken
    503 timeout
    503 imports_busy
    503 upload_unavailable
    500 internal
    ");
        let codes: std::collections::BTreeSet<_> = Fault::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(codes.len(), Fault::ALL.len());
    }

    /// A library's bare status becomes a problem of the same status, or of the nearest there is.
    #[test]
    fn no_status_is_left_without_a_problem() {
        for number in 400..600 {
            let status = StatusCode::from_u16(number).unwrap();
            let fault = Fault::behind(status);
            assert_eq!(fault.status().is_client_error(), status.is_client_error());
        }
    }
}
