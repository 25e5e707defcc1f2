//! The tenant's persons.

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::{Caller, Of},
    body::{
        Body, birth_date, change, email, given, mobile, patient, person_name, person_name_if_given,
    },
    openapi::schema,
    pages::{Nothing, PageDocument, Paged, Params, parsed},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use identity_core::{
    document::PersonDocument,
    id::Id,
    permission::PERSONS_MANAGE,
    person::{
        Person,
        edit::{AddPerson, EditPerson},
    },
    port::{Clock, Directory, Random, Store},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which persons.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PersonsQuery {
    /// Only those with this e-mail address, which several may share; all of them, with their users.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    email: Option<String>,
}

/// Lists the persons, in the order of their ids, or those who have an e-mail address.
///
/// Needs `persons:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/persons",
    operation_id = "listPersons",
    tag = "persons",
    params(schema::TenantPath, PersonsQuery, schema::PageParams),
    responses((status = 200, description = "A page of persons", body = PageDocument<schema::Person>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    uri: OriginalUri,
    Paged(query, page): Paged<PersonsQuery, Id<Person>>,
) -> Result<Json<PageDocument<PersonDocument>>, Problem> {
    let rollcall = app.rollcall();
    if let Some(text) = &query.email {
        if page.is_asked() {
            return Err(Fault::QueryInvalid.into());
        }
        let key = email("email", text)?.key().clone();
        let found = rollcall.persons_with_email(&caller.call, key).await?;
        let found = found.into_iter().map(PersonDocument::from);
        return Ok(PageDocument::whole(found.collect()));
    }
    let (page, limit) = page.page()?;
    caller.permit(&PERSONS_MANAGE)?;
    let persons = rollcall.store.persons(caller.call.tenant, page).await?;
    let item = |it| [PersonDocument::from(it)];
    Ok(PageDocument::of(&uri, persons, limit, |it| it.id, item))
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPerson {
    given: String,
    family: String,
    /// The address, which others may have too.
    email: Option<String>,
    /// A calendar date without zone.
    #[schema(format = "date")]
    birth_date: Option<String>,
    /// In international form.
    mobile: Option<String>,
    /// The host's name for the patient record.
    patient: Option<String>,
}

/// A person just added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonAdded {
    #[schema(value_type = String, format = "uuid")]
    id: Id<Person>,
}

/// Adds a person, who has no user yet.
///
/// Needs `persons:manage`.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/persons",
    operation_id = "addPerson",
    tag = "persons",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = NewPerson,
    responses((
        status = 201,
        description = "They are added",
        body = PersonAdded,
        headers(("Location" = String, description = "Where they are")),
    )),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn add<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    uri: OriginalUri,
    Body(body): Body<NewPerson>,
) -> Result<Response, Problem> {
    let command = AddPerson {
        name: person_name(&body.given, &body.family)?,
        email: body.email.map(|it| email("email", &it)).transpose()?,
        birth_date: body.birth_date.map(|it| birth_date(&it)).transpose()?,
        mobile: body.mobile.map(|it| mobile(&it)).transpose()?,
        patient: body.patient.map(|it| patient(&it)).transpose()?,
    };
    let id = app.rollcall().add_person(&act.call, command).await?;
    let location = place(&uri, &format!("tenants/{}/persons/{id}", act.call.tenant));
    Ok(act.done(created(location, PersonAdded { id })))
}

/// Shows what is known of a person, their users, and the professional records that refer to them.
///
/// Needs `persons:manage`, but for oneself.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/persons/{person}",
    operation_id = "showPerson",
    tag = "persons",
    params(schema::TenantPath, schema::PersonPath),
    responses((status = 200, description = "The person", body = schema::Person)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn show<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(person): Of<Person>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PersonDocument>, Problem> {
    let view = app.rollcall().person(&caller.call, person).await?;
    Ok(Json(view.into()))
}

/// Another state of what is known: what is absent stays, `null` is forgotten, a value is set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChange {
    /// Comes with `family`.
    #[schema(nullable = false)]
    given: Option<String>,
    /// Comes with `given`.
    #[schema(nullable = false)]
    family: Option<String>,
    /// Where the person logs in with the old one, the login moves with it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// A calendar date without zone.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "date")]
    birth_date: Option<Option<String>>,
    /// In international form.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    mobile: Option<Option<String>>,
    /// The host's name for the patient record.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    patient: Option<Option<String>>,
}

/// Changes what is known of a person.
///
/// Needs `persons:manage`, but for oneself; where a login moves, also what giving the person's roles needs.
#[utoipa::path(
    patch,
    path = "/v1/tenants/{tenant}/persons/{person}",
    operation_id = "editPerson",
    tag = "persons",
    params(schema::TenantPath, schema::PersonPath, DryRun, schema::KeyHeader),
    request_body = PersonChange,
    responses((status = 204, description = "It is so")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn edit<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(person): Of<Person>,
    Body(body): Body<PersonChange>,
) -> Result<Response, Problem> {
    let command = EditPerson {
        name: person_name_if_given(body.given.as_deref(), body.family.as_deref())?,
        email: change(body.email, |it| email("email", it))?,
        birth_date: change(body.birth_date, birth_date)?,
        mobile: change(body.mobile, mobile)?,
        patient: change(body.patient, patient)?,
    };
    app.rollcall()
        .edit_person(&act.call, person, command)
        .await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Erases what is known of a person, for good. The journal names them by id alone and stays whole.
///
/// Needs `persons:manage`. Their users are deactivated first.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/persons/{person}",
    operation_id = "erasePerson",
    tag = "persons",
    params(schema::TenantPath, schema::PersonPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "Nothing is known of them any more")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn erase<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(person): Of<Person>,
) -> Result<Response, Problem> {
    app.rollcall().erase_person(&act.call, person).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
