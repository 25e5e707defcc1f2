-- "Roll" in ASCII: how a Rollcall database is told from any other.
PRAGMA application_id = 1383033964;

-- Every key begins with the tenant, and every reference carries it, so that no row can name one of another tenant. Accounts,
-- their passwords and the tries to log in belong to the platform and have no tenant; the patient care domain, which is
-- the platform's too, stands among the domains under the identifier of zeros, which no tenant has. Identifiers are 16
-- bytes, instants microseconds since 1970 in UTC.

CREATE TABLE tenants (
    tenant          BLOB    NOT NULL PRIMARY KEY CHECK (length(tenant) = 16),
    version         INTEGER NOT NULL CHECK (version > 0),
    name            TEXT    NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    suspended_since INTEGER,
    grant_policy    TEXT    NOT NULL CHECK (grant_policy IN ('manage_users_may_grant', 'subset_only')),
    listing         TEXT    NOT NULL CHECK (listing IN ('unlisted', 'listed')),
    owner_grants    TEXT    NOT NULL CHECK (owner_grants IN ('one_owner', 'two_owners')),
    elevation       INTEGER NOT NULL CHECK (elevation BETWEEN 1 AND 60),
    CHECK ((status = 'suspended') = (suspended_since IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id        BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    version   INTEGER NOT NULL CHECK (version > 0),
    login     TEXT    NOT NULL,
    login_key TEXT    NOT NULL UNIQUE,
    provider  TEXT    CHECK (provider IN ('embedded')),
    subject   TEXT,
    opens     TEXT    NOT NULL,
    epoch     INTEGER NOT NULL CHECK (epoch >= 0),
    proof     TEXT    NOT NULL CHECK (proof IN ('unproved', 'proved')),
    CHECK ((provider IS NULL) = (subject IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX accounts_by_subject ON accounts (provider, subject) WHERE provider IS NOT NULL;

CREATE TABLE credentials (
    account BLOB    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version INTEGER NOT NULL CHECK (version > 0),
    hash    TEXT    NOT NULL,
    set_at  INTEGER NOT NULL,
    set_by  TEXT    NOT NULL CHECK (set_by IN ('holder', 'other'))
) STRICT, WITHOUT ROWID;

CREATE TABLE tries (
    key     BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    version INTEGER NOT NULL CHECK (version > 0),
    count   INTEGER NOT NULL CHECK (count >= 0),
    since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tries_by_age ON tries (since);

-- The patient care domain is the one row without a customer, and stands under no tenant.
CREATE TABLE domains (
    tenant   BLOB    NOT NULL,
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    version  INTEGER NOT NULL CHECK (version > 0),
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('internal', 'patient_care')),
    status   TEXT    NOT NULL CHECK (status IN ('active', 'inactive')),
    customer BLOB    AS (CASE id WHEN x'00000000000000000000000000000001' THEN NULL ELSE tenant END)
        REFERENCES tenants (tenant),
    PRIMARY KEY (tenant, id),
    CHECK (customer IS NOT NULL OR (tenant = zeroblob(16) AND kind = 'patient_care'))
) STRICT, WITHOUT ROWID;
INSERT INTO domains (tenant, id, version, name, kind, status) VALUES
    (zeroblob(16), x'00000000000000000000000000000001', 1, 'Patient care', 'patient_care', 'active');

CREATE TABLE owners (
    tenant  BLOB    NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    version INTEGER NOT NULL CHECK (version > 0),
    usable  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE persons (
    tenant     BLOB    NOT NULL REFERENCES tenants (tenant),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    version    INTEGER NOT NULL CHECK (version > 0),
    given      TEXT    NOT NULL,
    family     TEXT    NOT NULL,
    email      TEXT,
    email_key  TEXT,
    birth_date TEXT,
    mobile     TEXT,
    patient    TEXT,
    erased_at  INTEGER,
    PRIMARY KEY (tenant, id),
    CHECK ((email IS NULL) = (email_key IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX persons_by_email ON persons (tenant, email_key) WHERE email_key IS NOT NULL;

-- Whose the domain is follows from the domain: the platform's, or the tenant's own.
CREATE TABLE users (
    tenant    BLOB    NOT NULL,
    id        BLOB    NOT NULL CHECK (length(id) = 16),
    version   INTEGER NOT NULL CHECK (version > 0),
    domain    BLOB    NOT NULL,
    domain_of BLOB    NOT NULL
        AS (CASE domain WHEN x'00000000000000000000000000000001' THEN zeroblob(16) ELSE tenant END),
    person    BLOB    NOT NULL,
    account   BLOB    REFERENCES accounts (id),
    status    TEXT    NOT NULL CHECK (status IN ('active', 'inactive')),
    epoch     INTEGER NOT NULL CHECK (epoch >= 0),
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (domain_of, domain) REFERENCES domains (tenant, id),
    FOREIGN KEY (tenant, person) REFERENCES persons (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_person ON users (tenant, person, domain);
-- Begins with the account, so that the tenants a login opens are found too.
CREATE UNIQUE INDEX users_by_account ON users (account, tenant, domain) WHERE account IS NOT NULL;

CREATE TABLE roles (
    tenant      BLOB    NOT NULL REFERENCES tenants (tenant),
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN (
        'tenant_owner', 'system_administrator', 'learner', 'teacher', 'patient', 'guest', 'custom')),
    permissions TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('active', 'retired')),
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, id, kind)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX roles_by_name ON roles (tenant, name_key) WHERE status = 'active';

CREATE TABLE assignments (
    tenant  BLOB    NOT NULL,
    id      BLOB    NOT NULL CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    user    BLOB    NOT NULL,
    role    BLOB    NOT NULL,
    kind    TEXT    NOT NULL,
    status  TEXT    NOT NULL CHECK (status IN ('active', 'inactive')),
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, user, role),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id),
    FOREIGN KEY (tenant, role, kind) REFERENCES roles (tenant, id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_of_owners ON assignments (tenant) WHERE kind = 'tenant_owner';
CREATE INDEX assignments_of_kinds ON assignments (tenant, user, kind)
    WHERE status = 'active' AND kind IN ('learner', 'teacher');
-- In the order of the users, so that who holds a role is listed page by page.
CREATE INDEX assignments_by_role ON assignments (tenant, role, user, status);

-- The login may be erased, and the session of it rests: `account` is no reference. Nor is `elevation`, which refers to the
-- session itself.
CREATE TABLE sessions (
    tenant        BLOB    NOT NULL,
    id            BLOB    NOT NULL CHECK (length(id) = 16),
    version       INTEGER NOT NULL CHECK (version > 0),
    user          BLOB    NOT NULL,
    account       BLOB    NOT NULL,
    hash          BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    opened_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    user_epoch    INTEGER NOT NULL CHECK (user_epoch >= 0),
    account_epoch INTEGER NOT NULL CHECK (account_epoch >= 0),
    elevation     BLOB,
    state         TEXT    NOT NULL CHECK (state IN ('open', 'ended')),
    ended_at      INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_open ON sessions (tenant, user) WHERE state = 'open';

CREATE TABLE elevations (
    tenant   BLOB    NOT NULL,
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    version  INTEGER NOT NULL CHECK (version > 0),
    user     BLOB    NOT NULL,
    session  BLOB    NOT NULL,
    reason   TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('on', 'ended')),
    ended_at INTEGER,
    why      TEXT    CHECK (why IN ('switched_off', 'deadline', 'session_ended', 'role_removed')),
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id),
    FOREIGN KEY (tenant, session) REFERENCES sessions (tenant, id),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((state = 'ended') = (why IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX elevations_on ON elevations (tenant, user) WHERE state = 'on';

CREATE TABLE proposals (
    tenant     BLOB    NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    version    INTEGER NOT NULL CHECK (version > 0),
    user       BLOB    NOT NULL,
    by         BLOB    NOT NULL,
    at         INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, user),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id),
    FOREIGN KEY (tenant, by) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hcps (
    tenant    BLOB    NOT NULL REFERENCES tenants (tenant),
    id        BLOB    NOT NULL CHECK (length(id) = 16),
    version   INTEGER NOT NULL CHECK (version > 0),
    kind      TEXT    NOT NULL CHECK (kind IN ('professional', 'organisation')),
    person    BLOB,
    email_key TEXT,
    name      TEXT,
    email     TEXT,
    phone     TEXT,
    parent    BLOB,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, person) REFERENCES persons (tenant, id),
    FOREIGN KEY (tenant, parent) REFERENCES hcps (tenant, id),
    CHECK ((kind = 'professional') = (person IS NOT NULL)),
    CHECK ((kind = 'professional') = (email_key IS NOT NULL)),
    CHECK ((kind = 'organisation') = (name IS NOT NULL)),
    CHECK (kind = 'organisation' OR (email IS NULL AND phone IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX hcps_by_email ON hcps (tenant, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX hcps_by_person ON hcps (tenant, person) WHERE person IS NOT NULL;
CREATE INDEX hcps_by_parent ON hcps (tenant, parent) WHERE parent IS NOT NULL;
CREATE INDEX hcps_of_organisations ON hcps (tenant) WHERE kind = 'organisation';

CREATE TABLE imports (
    tenant      BLOB    NOT NULL,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    by          BLOB    NOT NULL,
    format      TEXT    NOT NULL CHECK (format IN ('xlsx', 'xls', 'xml', 'csv', 'txt', 'ods')),
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    created     INTEGER NOT NULL CHECK (created >= 0),
    updated     INTEGER NOT NULL CHECK (updated >= 0),
    unchanged   INTEGER NOT NULL CHECK (unchanged >= 0),
    rejected    INTEGER NOT NULL CHECK (rejected >= 0),
    blank       INTEGER NOT NULL CHECK (blank >= 0),
    warnings    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, by) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected_rows (
    tenant   BLOB    NOT NULL,
    import   BLOB    NOT NULL,
    row      INTEGER NOT NULL CHECK (row >= 0),
    version  INTEGER NOT NULL CHECK (version > 0),
    problems TEXT    NOT NULL,
    PRIMARY KEY (tenant, import, row),
    FOREIGN KEY (tenant, import) REFERENCES imports (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE integrations (
    tenant       BLOB    NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    version      INTEGER NOT NULL CHECK (version > 0),
    institution  TEXT    NOT NULL,
    client_id    TEXT    NOT NULL,
    key_file     TEXT,
    connected_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Programmes and problems may be long, so that these rows are kept with a rowid.
CREATE TABLE rosters (
    tenant       BLOB    NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    version      INTEGER NOT NULL CHECK (version > 0),
    institution  TEXT    NOT NULL,
    read_at      INTEGER NOT NULL,
    completeness TEXT    NOT NULL,
    programs     TEXT    NOT NULL,
    problems     TEXT    NOT NULL
) STRICT;

CREATE TABLE roster_people (
    tenant      BLOB    NOT NULL REFERENCES tenants (tenant),
    medhub      TEXT    NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    learner     INTEGER NOT NULL CHECK (learner IN (0, 1)),
    teacher     INTEGER NOT NULL CHECK (teacher IN (0, 1)),
    given       TEXT    NOT NULL,
    family      TEXT    NOT NULL,
    email       TEXT    NOT NULL,
    username    TEXT    NOT NULL,
    employee_id TEXT,
    level       TEXT,
    programs    TEXT    NOT NULL,
    PRIMARY KEY (tenant, medhub)
) STRICT, WITHOUT ROWID;

-- The identity may be gone from the roster, and the link rests: `medhub` is no reference.
CREATE TABLE links (
    tenant      BLOB    NOT NULL,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    user        BLOB    NOT NULL,
    institution TEXT    NOT NULL,
    medhub      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    by          BLOB    NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, user),
    UNIQUE (tenant, institution, medhub),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id),
    FOREIGN KEY (tenant, by) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE not_same (
    tenant      BLOB    NOT NULL,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    user        BLOB    NOT NULL,
    institution TEXT    NOT NULL,
    medhub      TEXT    NOT NULL,
    evidence    BLOB    NOT NULL CHECK (length(evidence) = 32),
    at          INTEGER NOT NULL,
    by          BLOB    NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, institution, user, medhub),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id),
    FOREIGN KEY (tenant, by) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    tenant   BLOB    NOT NULL,
    owner    BLOB    NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    next     INTEGER NOT NULL CHECK (next >= 0),
    begun_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, owner),
    FOREIGN KEY (tenant, owner) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;

-- Refers to the plan's owner and not to the plan, so that a plan and its steps may be put and taken in any order. Whom a
-- step concerns stands beside its action, to be found by, and may be gone when the plan is saved.
CREATE TABLE steps (
    tenant  BLOB    NOT NULL,
    plan    BLOB    NOT NULL,
    number  INTEGER NOT NULL CHECK (number >= 0),
    version INTEGER NOT NULL CHECK (version > 0),
    user    BLOB,
    medhub  TEXT    NOT NULL,
    institution TEXT NOT NULL,
    action  TEXT    NOT NULL,
    PRIMARY KEY (tenant, plan, number),
    FOREIGN KEY (tenant, plan) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX steps_by_user ON steps (tenant, plan, user) WHERE user IS NOT NULL;
CREATE INDEX steps_by_medhub ON steps (tenant, plan, medhub);

CREATE TABLE api_tokens (
    tenant     BLOB    NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    version    INTEGER NOT NULL CHECK (version > 0),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    user       BLOB    NOT NULL,
    user_epoch INTEGER NOT NULL CHECK (user_epoch >= 0),
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_tokens_by_name ON api_tokens (tenant, name_key) WHERE revoked_at IS NULL;

-- Refers to nothing: the journal outlives what it tells of.
CREATE TABLE journal (
    tenant BLOB    NOT NULL CHECK (length(tenant) = 16),
    number INTEGER NOT NULL CHECK (number > 0),
    text   TEXT    NOT NULL,
    hash   BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'journal entries are never changed');
END;
CREATE TRIGGER journal_is_never_shortened BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'journal entries are never taken away');
END;

-- In the order of the commits, which neither identifiers nor clocks tell.
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY,
    tenant   BLOB    NOT NULL CHECK (length(tenant) = 16),
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    kind     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    UNIQUE (tenant, id)
) STRICT;
CREATE INDEX outbox_in_order ON outbox (tenant, sequence);

CREATE TABLE operations (
    tenant      BLOB NOT NULL CHECK (length(tenant) = 16),
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    answer      TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

-- What the planner is to think of a file from its first row on, as `ANALYZE` would find it in a large one: a tenant has many
-- rows, and whatever is looked for within it has few. Without this it walks through the tenant for every look-up.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('persons', 'persons', '1000000 500000 1'),
    ('persons', 'persons_by_email', '1000000 500000 2'),
    ('users', 'users', '1000000 500000 1'),
    ('users', 'users_by_person', '1000000 500000 2 1'),
    ('users', 'users_by_account', '1000000 2 1 1'),
    ('assignments', 'assignments', '1000000 500000 1'),
    ('assignments', 'sqlite_autoindex_assignments_2', '1000000 500000 2 1'),
    ('assignments', 'assignments_of_owners', '10 3'),
    ('assignments', 'assignments_of_kinds', '1000000 500000 2 1'),
    ('assignments', 'assignments_by_role', '1000000 500000 100000 1 1'),
    ('accounts', 'accounts_by_subject', '1000000 500000 1'),
    ('sessions', 'sessions', '1000000 500000 1'),
    ('sessions', 'sessions_open', '100000 50000 2'),
    ('elevations', 'elevations', '100000 50000 1'),
    ('elevations', 'elevations_on', '100 50 2'),
    ('proposals', 'proposals', '100 50 1'),
    ('proposals', 'sqlite_autoindex_proposals_2', '100 50 1'),
    ('hcps', 'hcps', '1000000 500000 1'),
    ('hcps', 'hcps_by_email', '1000000 500000 1'),
    ('hcps', 'hcps_by_person', '1000000 500000 1'),
    ('hcps', 'hcps_by_parent', '1000000 500000 100'),
    ('hcps', 'hcps_of_organisations', '1000 500'),
    ('roster_people', 'roster_people', '1000000 500000 1'),
    ('links', 'links', '1000000 500000 1'),
    ('links', 'sqlite_autoindex_links_2', '1000000 500000 1'),
    ('links', 'sqlite_autoindex_links_3', '1000000 500000 500000 1'),
    ('not_same', 'not_same', '100000 50000 1'),
    ('not_same', 'sqlite_autoindex_not_same_2', '100000 50000 50000 2 1'),
    ('steps', 'steps', '100000 50000 50000 1'),
    ('steps', 'steps_by_user', '100000 50000 50000 1'),
    ('steps', 'steps_by_medhub', '100000 50000 50000 1'),
    ('journal', 'journal', '1000000 500000 1');
ANALYZE sqlite_schema;
