-- The journal of one agent: one key on one chain. Version 1.
create table owner (
    one       integer primary key check (one = 1),
    chain_id  integer not null,
    agent     blob    not null check (length(agent) = 20)
) strict;

create table decision (
    id        integer primary key,
    kind      text    not null check (kind in ('report', 'epoch', 'execute')),
    market    blob    not null check (length(market) = 20),
    class     integer not null check (class between 0 and 255),
    subject   blob    not null check (length(subject) = 32),
    number    integer not null check (number >= 0),
    target    blob    not null check (length(target) = 20),
    input     blob    not null,
    note      text    not null,
    state     text    not null check (state in ('intended', 'signed', 'sent', 'included', 'final', 'refused')),
    reason    text,
    again_at  integer,
    tries     integer not null default 0,
    unique (kind, market, class, subject, number)
) strict;

create index decision_by_state on decision (state, id);

-- Every transaction that was ever signed, before it was sent.
create table attempt (
    hash         blob    primary key check (length(hash) = 32),
    decision     integer not null references decision (id),
    nonce        integer not null check (nonce >= 0),
    raw          blob    not null,
    max_fee      text    not null,
    priority_fee text    not null,
    gas_limit    integer not null,
    state        text    not null check (state in ('signed', 'sent', 'included', 'replaced')),
    sent_in      integer,
    block        integer,
    block_hash   blob,
    success      integer
) strict;

create index attempt_by_nonce on attempt (nonce);
create index attempt_by_decision on attempt (decision);

-- What happened to each decision, in order; never changed, never deleted.
create table step (
    id        integer primary key,
    decision  integer not null references decision (id),
    time      integer not null,
    state     text    not null,
    detail    text    not null
) strict;
