"""The REST routes of facts: what messages state, and to whom the owner released which."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator, Field

from storage.facts import LONGEST_TEXT, About, Fact, FoundBy, State, get_fact, list_facts
from storage.values import MOST
from twin.api.context import ApiContext
from twin.api.error_responses import found, may_miss
from twin.api.schemas import (
    DoneBody,
    Limit,
    Offset,
    RequestBody,
    ResponseBody,
    Words,
    whole,
)
from twin.memory.kinds import FactKind

FactNumber = Annotated[int, Path(ge=1, le=MOST, description="The fact's number.")]
ChatInBody = Annotated[int, Field(ge=1, lt=10**15), BeforeValidator(whole)]  # exact in any client
# 0001-01-02 and 9999-12-30: dates in every zone
Day = Annotated[int, Field(ge=-62_135_510_400_000, le=253_402_128_000_000), BeforeValidator(whole)]
ListedState = Annotated[State | None, Query(description="Left out: those that are not rejected.")]


class FactBody(ResponseBody):
    """What a message states of you or of a friend."""

    id: int
    about: About
    kind: FactKind
    text: str = Field(description="As it was written.")
    chat_id: int | None = Field(description="Where it was said.")
    message_id: int | None
    said_at: int
    valid_from: int
    valid_until: int | None
    state: State
    found_by: FoundBy
    replaced_by: int | None = Field(description="The newer fact that contradicts it.")
    for_everyone: bool = Field(description="Released for all chats.")
    chats: list[int] = Field(description="The chats that it was released to by name.")


class FactsBody(ResponseBody):
    facts: list[FactBody]
    total: int


class NewFactBody(RequestBody):
    """About you, or about the friend of a chat."""

    text: Words = Field(min_length=1, max_length=LONGEST_TEXT)
    kind: FactKind = "other"
    chat: ChatInBody | None = None


class FactChange(RequestBody):
    """A field that is left out stays as it is."""

    text: Words | None = Field(default=None, min_length=1, max_length=LONGEST_TEXT)
    valid_from: Day | None = None
    valid_until: Day | None = Field(default=None, description="null: no end is known.")


class ToWhom(RequestBody):
    """The chats with those who are meant."""

    chats: list[ChatInBody] | None = Field(
        default=None, min_length=1, max_length=1_000, description="Left out: everyone."
    )


def facts_router(context: ApiContext) -> APIRouter:
    router = APIRouter(tags=["facts"])

    @router.get("/facts")
    async def list_all(
        about: About | None = None,
        kind: FactKind | None = None,
        chat: Annotated[int | None, Query(ge=1, le=MOST)] = None,
        state: ListedState = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> FactsBody:
        """Facts about you and your friends, the newest first."""
        states: tuple[State, ...] = ("proposed", "kept") if state is None else (state,)
        page, total = list_facts(
            context.db,
            about=about,
            kind=kind,
            chat_id=chat,
            states=states,
            now=context.clock.now(),
            limit=limit,
            offset=offset,
        )
        return FactsBody(facts=[_body(fact) for fact in page], total=total)

    @router.post("/facts", responses=may_miss)
    async def add(fact: NewFactBody) -> FactBody:
        """Write a fact yourself. One about you is told nobody until it is released."""
        return _body(context.actions.add_fact(fact.text, fact.kind, fact.chat))

    return router


def fact_changes_router(context: ApiContext) -> APIRouter:
    router, db, actions = APIRouter(tags=["facts"]), context.db, context.actions

    @router.patch("/facts/{fact}", responses=may_miss)
    async def change(fact: FactNumber, wish: FactChange) -> FactBody:
        """Put a fact into your words and days."""
        before = found(get_fact, db, fact)
        text = before.text if wish.text is None else wish.text
        since = before.valid_from if wish.valid_from is None else wish.valid_from
        gives_end = "valid_until" in wish.model_fields_set
        until = wish.valid_until if gives_end else before.valid_until
        return _body(actions.edit_fact(fact, text, since, until))

    @router.delete("/facts/{fact}", responses=may_miss)
    async def delete(fact: FactNumber) -> DoneBody:
        """Delete a fact; its message stays."""
        found(get_fact, db, fact)
        actions.delete_facts([fact])
        return DoneBody(done=f"Fact {fact} is deleted.")

    return router


def fact_decisions_router(context: ApiContext) -> APIRouter:
    router, actions = APIRouter(tags=["facts"]), context.actions

    def decided(fact: int, decide: Callable[[Sequence[int]], None]) -> FactBody:
        found(get_fact, context.db, fact)
        decide([fact])
        return _body(get_fact(context.db, fact))

    @router.post("/facts/{fact}/release", responses=may_miss)
    async def release(fact: FactNumber, wish: ToWhom) -> FactBody:
        """Let the twin tell a fact about you: everyone, or in these chats."""
        return decided(fact, partial(actions.release_facts, chats=wish.chats))

    @router.post("/facts/{fact}/withdraw", responses=may_miss)
    async def withdraw(fact: FactNumber, wish: ToWhom) -> FactBody:
        """Take releases back: all, or those for these chats."""
        return decided(fact, partial(actions.withdraw_facts, chats=wish.chats))

    @router.post("/facts/{fact}/keep", responses=may_miss)
    async def keep(fact: FactNumber) -> FactBody:
        """It is right; to whom it is released stays."""
        return decided(fact, actions.keep_facts)

    @router.post("/facts/{fact}/reject", responses=may_miss)
    async def reject(fact: FactNumber) -> FactBody:
        """It is wrong or nobody's business: it is not used, nor proposed again."""
        return decided(fact, actions.reject_facts)

    return router


def _body(fact: Fact) -> FactBody:
    return FactBody.model_validate(asdict(fact))
