//! A statement as text, prepared once per connection.
//!
//! `diesel::sql_query` is parsed and planned anew at every call. What is written here stays prepared under its text, which is
//! therefore constant: lists of any length are one parameter (see [`Dialect::texts`](super::Dialect::texts)).
//!
//! Parameters are `$1`, `$2` … in both databases. SQLite numbers them by their first appearance, so that must be their order.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// A statement's text.
#[derive(Debug)]
pub(crate) struct Sql(Cow<'static, str>);

/// A statement with one more parameter.
#[derive(Debug)]
pub(crate) struct Bound<Q, ST, V> {
    statement: Q,
    value: V,
    sql_type: PhantomData<ST>,
}

/// Begins a statement.
pub(crate) fn sql(text: impl Into<Cow<'static, str>>) -> Sql {
    Sql(text.into())
}

impl Sql {
    /// Gives `$1`.
    pub(crate) fn bind<ST, V>(self, value: V) -> Bound<Self, ST, V> {
        Bound { statement: self, value, sql_type: PhantomData }
    }
}

impl<Q, ST, V> Bound<Q, ST, V> {
    /// Gives the next parameter.
    pub(crate) fn bind<ST2, V2>(self, value: V2) -> Bound<Self, ST2, V2> {
        Bound { statement: self, value, sql_type: PhantomData }
    }
}

impl<DB: Backend> QueryFragment<DB> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&self.0);
        Ok(())
    }
}

impl<Q, ST, V, DB> QueryFragment<DB> for Bound<Q, ST, V>
where
    DB: Backend + HasSqlType<ST>,
    Q: QueryFragment<DB>,
    V: ToSql<ST, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out.reborrow())?;
        out.push_bind_param_value_only(&self.value)
    }
}

// Without a static id diesel looks a prepared statement up by its text.
impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, ST, V> QueryId for Bound<Q, ST, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = Untyped;
}

impl<Q, ST, V> Query for Bound<Q, ST, V> {
    type SqlType = Untyped;
}

impl<Conn> RunQueryDsl<Conn> for Sql {}
impl<Conn, Q, ST, V> RunQueryDsl<Conn> for Bound<Q, ST, V> {}
