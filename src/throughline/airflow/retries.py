"""Which failures Airflow tries again: what the error tree calls retriable, and the unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

from throughline.errors import ChannelUnavailableError, RetryableError, ThroughlineError

if TYPE_CHECKING:
    from airflow.sdk import Context


class RetryByErrorTree(RetryPolicy):
    """Retry what waiting can mend, after the time that the channel asks for; nothing else."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """Decide by the error's place in the tree; errors from outside it keep the default."""
        if isinstance(exception, RetryableError):
            delay = None
            if isinstance(exception, ChannelUnavailableError) and exception.retry_after is not None:
                delay = timedelta(seconds=exception.retry_after)
            return RetryDecision.retry(delay, reason=type(exception).__name__)
        if isinstance(exception, ThroughlineError):
            return RetryDecision.fail(reason="a person has to mend this; waiting does not help")
        return RetryDecision.default()
