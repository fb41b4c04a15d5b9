"""Keys that stay: who was somebody in the last run keeps his key, and the log says what became of the others.

A person is recognised by what leads to him: his numbers, the sure combination that stands for him, rows that
have neither. Every earlier key goes to the person who has most of what led to it; of several keys he keeps
the one with most. Who has no earlier key gets one made of what names him, as in a lake without a past.
"""

from __future__ import annotations

from das_analysis.linkage.work import Work, hashed

LOG = """run INTEGER, event VARCHAR, person_key VARCHAR, other_key VARCHAR, reason VARCHAR,
    deliveries VARCHAR"""
NOTHING = "SELECT NULL::VARCHAR AS marker, NULL::VARCHAR AS person_key, true AS is_live LIMIT 0"
NUMBER_WEIGHS = 10  # as many rows or combinations: a number was issued to somebody
SKN_WEIGHS = 11  # more than a BSN, which new rows can show to be somebody else's: rows stay with their SKN
THIS_RUN = "(SELECT coalesce(max(run), 0) + 1 FROM person_log)"


def issue_keys(work: Work) -> None:
    """Make `issued` (person, person_key), the new `register` and the longer `person_log`."""
    _recall(work)
    _mark(work)
    work.con.execute(
        """CREATE TABLE shared AS SELECT person, person_key, sum(weight) AS n, sum(stays) AS stays
            FROM marked JOIN earlier USING (marker) GROUP BY ALL"""
    )
    _inherit(work)
    work.con.execute(
        """CREATE TABLE register AS
            SELECT marker, person_key, true AS is_live FROM marked JOIN issued USING (person)
            UNION ALL SELECT marker, person_key, false FROM earlier ANTI JOIN marked USING (marker)"""
    )
    _compare_with_earlier(work)
    _log(work)


def _recall(work: Work) -> None:
    """`earlier` and the start of `person_log`: those of the last whole run, empty without one."""
    before = work.before
    work.con.execute(f"CREATE TABLE earlier AS {before.register if before else NOTHING}")
    work.con.execute(f"CREATE TABLE person_log ({LOG})")
    if before:
        work.con.execute(f"INSERT INTO person_log BY NAME {before.log}")


def _mark(work: Work) -> None:
    """`marked`: what leads to each person, hashed; what leads to several counts for the first of them."""
    combined = "CASE WHEN found = 'combination' OR starts_with(named, '4') THEN '4' || name_key END"
    work.con.execute(
        f"""CREATE TABLE marked AS SELECT md5(text) AS marker, min(person) AS person,
                CASE WHEN text < '2' THEN {SKN_WEIGHS}
                    WHEN text < '4' THEN {NUMBER_WEIGHS} ELSE 1 END AS weight,
                (text < '2' OR text[1] IN ('3', '5'))::INTEGER AS stays FROM (
                SELECT DISTINCT person, unnest([skn, bsn, register, {combined}, alone]) AS text FROM who_is)
            WHERE text IS NOT NULL GROUP BY text"""
    )


def _inherit(work: Work) -> None:
    """`issued`: the best earlier key of each person, or a new one that nobody ever had."""
    work.con.execute(
        """CREATE TABLE inherited AS SELECT person, person_key FROM (
                SELECT * FROM shared
                QUALIFY row_number() OVER (PARTITION BY person_key ORDER BY stays DESC, n DESC, person) = 1)
            QUALIFY row_number() OVER (PARTITION BY person ORDER BY n DESC, person_key) = 1"""
    )
    again = hashed(f"concat_ws('/', person, 'again', {THIS_RUN})")
    work.con.execute(
        f"""CREATE TABLE issued AS SELECT * FROM inherited UNION ALL
            SELECT person, CASE WHEN plain IN (SELECT person_key FROM person_log) THEN {again} ELSE plain END
            FROM (SELECT DISTINCT person, {hashed("person")} AS plain FROM who_is)
            ANTI JOIN inherited USING (person)"""
    )


def _compare_with_earlier(work: Work) -> None:
    """`alive`: the keys of the last run; `changed`: marks of one key that lead to another one now."""
    work.con.execute("CREATE TABLE alive AS SELECT DISTINCT person_key FROM earlier WHERE is_live")
    work.con.execute(
        """CREATE TABLE changed AS SELECT DISTINCT person, issued.person_key, shared.person_key AS other_key
            FROM shared JOIN issued USING (person) JOIN alive ON alive.person_key = shared.person_key
            WHERE issued.person_key <> shared.person_key"""
    )


def _log(work: Work) -> None:
    """Add to `person_log` who is new, merged, split off, gone or back, and between whom something moved."""
    reason = """CASE WHEN person IN (SELECT lead FROM joined) THEN 'comparison'
        WHEN starts_with(person, '5') THEN 'alone' WHEN starts_with(person, '4') THEN 'combination'
        ELSE 'number' END"""
    event = """CASE WHEN other_key NOT IN (SELECT person_key FROM issued) THEN 'merged'
        WHEN person_key IN (SELECT person_key FROM earlier) THEN 'moved' ELSE 'split' END"""
    new = "CASE WHEN person_key IN (SELECT person_key FROM earlier) THEN 'back' ELSE 'created' END"
    work.con.execute(
        f"""INSERT INTO person_log BY NAME SELECT {THIS_RUN} AS run, *, $deliveries AS deliveries FROM (
                SELECT {event} AS event, person_key, other_key, {reason} AS reason FROM changed
                UNION ALL SELECT {new}, person_key, NULL, {reason}
                    FROM issued ANTI JOIN alive USING (person_key)
                UNION ALL SELECT 'gone', person_key, NULL, 'nothing leads to it'
                    FROM alive ANTI JOIN issued USING (person_key)
                    WHERE person_key NOT IN (SELECT other_key FROM changed))""",
        {"deliveries": work.inputs},
    )
