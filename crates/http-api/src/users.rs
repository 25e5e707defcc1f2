//! The tenant's users.

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::{Caller, Of},
    body::{self, Body, Hidden, email, new_password, person_name_if_given},
    openapi::schema,
    pages::{Nothing, PageDocument, PageQuery, Params},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use identity_core::{
    document::{UserDocument, UserViewDocument},
    id::Id,
    name::PersonName,
    permission::USERS_MANAGE,
    port::{Clock, Directory, Find, Random, Store},
    role::{Assignment, Role},
    session::SessionRefusal,
    user::{AddUser, User, UserStatus, Whose},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lists the users, in the order of their ids.
///
/// Needs `users:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/users",
    operation_id = "listUsers",
    tag = "users",
    params(schema::TenantPath, schema::PageParams),
    responses((status = 200, description = "A page of users", body = PageDocument<schema::User>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    uri: OriginalUri,
    Params(query): Params<PageQuery<Id<User>>>,
) -> Result<Json<PageDocument<UserDocument>>, Problem> {
    let (page, limit) = query.page()?;
    caller.permit(&USERS_MANAGE)?;
    let users = app.rollcall().store.users(caller.call.tenant, page).await?;
    let item = |it| [UserDocument::from(it)];
    Ok(PageDocument::of(&uri, users, limit, |it| it.id, item))
}

/// A user to be added in the internal domain: the person is looked up by the address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// The address by which the person is looked up, and the login.
    email: String,
    /// The first role.
    #[schema(format = "uuid")]
    role: String,
    /// The given name, for the case that nobody has the address.
    given: Option<String>,
    /// The family name, for the case that nobody has the address.
    family: Option<String>,
    /// Which of the persons who share the address.
    #[schema(format = "uuid")]
    person: Option<String>,
    /// Whether it is a new person of these names, who shares the address with others.
    #[serde(default)]
    #[schema(default = false)]
    new_person: bool,
    /// Whether the access counts from the beginning.
    #[serde(default = "active")]
    #[schema(value_type = Option<schema::UserStatus>, nullable = false)]
    status: UserStatus,
}

const fn active() -> UserStatus {
    UserStatus::Active
}

impl NewUser {
    fn whose(&self, names: Option<PersonName>) -> Result<Whose, Problem> {
        match (&self.person, names, self.new_person) {
            (None, None, false) => Ok(Whose::Known),
            (None, Some(names), false) => Ok(Whose::KnownOrNew(names)),
            (Some(person), None, false) => Ok(Whose::Chosen(body::id("person", person)?)),
            (None, Some(names), true) => Ok(Whose::Another(names)),
            (None, None, true) => {
                Err(Fault::BodyInvalid.because("`new_person` needs `given` and `family`"))
            }
            (Some(_), _, _) => Err(Fault::BodyInvalid
                .because("`person` comes without `given`, `family` and `new_person`")),
        }
    }
}

/// Adds a user: e-mail first; then, as the answer asks for it, which person, or the names of a new one.
///
/// Needs `users:manage`, and what giving the role needs. `several_persons` names the persons to choose from, and
/// `person_has_user` the user that there is.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/users",
    operation_id = "addUser",
    tag = "users",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = NewUser,
    responses((
        status = 201,
        description = "They are added",
        body = schema::UserAdded,
        headers(("Location" = String, description = "Where they are")),
    )),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn add<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    uri: OriginalUri,
    Body(body): Body<NewUser>,
) -> Result<Response, Problem> {
    let names = person_name_if_given(body.given.as_deref(), body.family.as_deref())?;
    let command = AddUser {
        email: email("email", &body.email)?,
        whose: body.whose(names)?,
        role: body::id("role", &body.role)?,
        status: body.status,
    };
    let added = app.rollcall().add_user(&act.call, command).await?;
    let place = place(
        &uri,
        &format!("tenants/{}/users/{}", act.call.tenant, added.user),
    );
    Ok(act.done(created(place, added)))
}

/// Shows a user, with every role assignment, whether it counts or not.
///
/// Needs `users:manage`, but for oneself.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/users/{user}",
    operation_id = "showUser",
    tag = "users",
    params(schema::TenantPath, schema::UserPath),
    responses((status = 200, description = "The user", body = schema::UserView)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn show<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(user): Of<User>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<UserViewDocument>, Problem> {
    if !caller.authority.is_themselves(user) {
        caller.permit(&USERS_MANAGE)?;
    }
    let finds = vec![Find::Local(user)];
    let records = app.rollcall().store.load(caller.call.tenant, finds).await?;
    let found = UserViewDocument::of(user, &records);
    let unknown = || Problem::refused(&SessionRefusal::UnknownUser);
    found.map(Json).ok_or_else(unknown)
}

/// Whether a user's access counts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStatus {
    #[schema(value_type = schema::UserStatus)]
    status: UserStatus,
}

/// Deactivates or reactivates a user.
///
/// Needs `users:manage`. Deactivation ends all sessions and tokens of the user at once, for good.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/users/{user}/status",
    operation_id = "setUserStatus",
    tag = "users",
    params(schema::TenantPath, schema::UserPath, DryRun, schema::KeyHeader),
    request_body = NewStatus,
    responses((status = 204, description = "It is so")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn set_status<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
    Body(body): Body<NewStatus>,
) -> Result<Response, Problem> {
    let rollcall = app.rollcall();
    match body.status {
        UserStatus::Active => rollcall.reactivate_user(&act.call, user).await?,
        UserStatus::Inactive => rollcall.deactivate_user(&act.call, user).await?,
    }
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Whether anybody can log in with a user's login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    linked: bool,
}

/// Cuts a user's login off, so that nobody can log in with it, or links it again.
///
/// Needs what giving the user's roles needs. An owner's login stays linked.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/users/{user}/login",
    operation_id = "setUserLogin",
    tag = "users",
    params(schema::TenantPath, schema::UserPath, DryRun, schema::KeyHeader),
    request_body = NewLink,
    responses((status = 204, description = "It is so")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn set_login<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
    Body(body): Body<NewLink>,
) -> Result<Response, Problem> {
    let rollcall = app.rollcall();
    if body.linked {
        rollcall.link_login(&act.call, user).await?;
    } else {
        rollcall.unlink_login(&act.call, user).await?;
    }
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// A password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// 15 to 256 characters of whatever sort.
    password: Hidden,
}

/// Gives a user's login a password; all its sessions end.
///
/// Needs what giving the user's roles needs. The platform operator gives a first one, so that somebody comes in. One's own is
/// changed in the session. No key is taken: asked again, it is set again.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/users/{user}/password",
    operation_id = "setUserPassword",
    tag = "users",
    params(schema::TenantPath, schema::UserPath),
    request_body = NewPassword,
    responses((status = 204, description = "It is set")),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn set_password<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
    Of(user): Of<User>,
    Body(body): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    let password = new_password("password", &body.password)?;
    let passwords = &*app.api.passwords;
    app.rollcall()
        .set_password(&caller.call, passwords, user, &password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role just given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleGiven {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) assignment: Id<Assignment>,
}

/// Gives a role to a user.
///
/// Needs `users:manage`; Tenant Owner is given by an owner with the role switched on.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/users/{user}/roles/{role}",
    operation_id = "assignRole",
    tag = "users",
    params(schema::TenantPath, schema::UserPath, schema::RolePath, DryRun, schema::KeyHeader),
    responses((status = 201, description = "The user has the role", body = RoleGiven)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn assign<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
    Of(role): Of<Role>,
) -> Result<Response, Problem> {
    let assignment = app.rollcall().assign_role(&act.call, user, role).await?;
    Ok(act.done((StatusCode::CREATED, Json(RoleGiven { assignment }))))
}

/// Takes a role from a user.
///
/// Needs `users:manage`; Tenant Owner is taken by another owner with the role switched on.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/users/{user}/roles/{role}",
    operation_id = "removeRole",
    tag = "users",
    params(schema::TenantPath, schema::UserPath, schema::RolePath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "The user no longer has the role")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn remove<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
    Of(role): Of<Role>,
) -> Result<Response, Problem> {
    app.rollcall().remove_role(&act.call, user, role).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Lets a role that a user has count no more, or again.
///
/// Needs what taking and giving it needs.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/users/{user}/roles/{role}/status",
    operation_id = "setUserRoleStatus",
    tag = "users",
    params(schema::TenantPath, schema::UserPath, schema::RolePath, DryRun, schema::KeyHeader),
    request_body = NewStatus,
    responses((status = 204, description = "It is so")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn set_role_status<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
    Of(role): Of<Role>,
    Body(body): Body<NewStatus>,
) -> Result<Response, Problem> {
    match body.status {
        UserStatus::Active => {
            app.rollcall().assign_role(&act.call, user, role).await?;
        }
        UserStatus::Inactive => {
            app.rollcall()
                .deactivate_role(&act.call, user, role)
                .await?;
        }
    }
    Ok(act.done(StatusCode::NO_CONTENT))
}
