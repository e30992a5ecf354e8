"""What answers where the live adapter can't, and why."""

from twin.dashboard.page_view import PageView
from twin.dashboard.wording import error_in


def who_answers(view: PageView) -> str:
    """In the language of the page; "" where the live adapter answers."""
    refusal = view.context.refusal()
    if refusal is None:
        return ""
    say, answers = view.say, view.context.engine.adapter
    reason = error_in(view.language, refusal)
    if answers is None and view.context.config.engine.server:
        return say(
            "The live adapter does not answer ({reason}). The server's own model does, with your "
            "persona and what the memory finds: it has not learnt from you, unless it was exported "
            "from this twin.",
            reason=reason,
        )
    if answers is None:
        return say(
            "The live adapter does not answer ({reason}). The base model does, with your persona "
            "and what the memory finds: it has not learnt from you.",
            reason=reason,
        )
    name = view.adapter_names.of(answers)
    return say(
        "The live adapter does not answer ({reason}); {name} answers instead.",
        reason=reason,
        name=name,
    )
