"""A model that is asked for losses and replies, and loaded once something of it is not kept."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

from training.dataset.encoding import Encoded, encode
from training.dataset.samples import Sample
from training.evaluation.kept_scores import KeptScores, Loss, digest_of, model_digest
from training.evaluation.shared_prompt import losses_after_prompts
from training.evaluation.what_answers import losses_there, what_answers
from training.loss import sample_losses
from twin.config.schema import Config
from twin.engine.base import LoadedModel, Reply
from twin.engine.eight_bits import round_to_8_bits
from twin.engine.model import TorchModel, load_format, load_tokenizer, load_torch_model
from twin.engine.runtime import answers_in_8_bits, fastest
from twin.engine.sampling import Sampling, sampling_of
from twin.prompting.chat_template import Turn


class AskedModel:
    """The base, or an adapter on it. Asking raises as `load_torch_model`, InputError and TwinError;
    with `scored_there`, where the server of [engine] tells its losses, NotScored if it does not.

    Raises InputError for a base that can't be used.
    """

    def __init__(
        self,
        config: Config,
        adapter_dir: Path | None,
        kept: KeptScores,
        *,
        scored_there: bool = False,
    ) -> None:
        self._config, self._adapter_dir, self._kept = config, adapter_dir, kept
        self._scored_there = scored_there
        self.tokenizer = load_tokenizer(config)
        self.format = load_format(config, self.tokenizer)
        self.sampling = sampling_of(adapter_dir, config.reply)
        self._asked = ExitStack()

    @property
    def is_loaded(self) -> bool:
        """Here, or by a server that answers for it."""
        return not vars(self).keys().isdisjoint({"_torch", "_quick"})

    def losses(self, samples: Sequence[Sample]) -> list[Loss]:
        """Of each sample's answer. Of a server nothing is kept, as of replies."""
        sequences = [encode(sample, self._config, self.format) for sample in samples]
        if self._scored_there:
            return losses_there(self._quick, sequences)
        keyed = self._keyed(sequences)
        missing = self._not_kept(keyed)
        if missing:
            batch_size = self._config.train.batch_size
            found = sample_losses(self._torch.network, list(missing.values()), batch_size)
            self._keep(missing, found)
        return self._of(keyed)

    def losses_after_prompts(self, groups: Sequence[Sequence[Encoded]]) -> list[list[Loss]]:
        """Of each group of sequences that begin alike: the loss of each sequence, in order."""
        if self._scored_there:
            there = iter(losses_there(self._quick, [*chain.from_iterable(groups)]))
            return [list(islice(there, len(group))) for group in groups]
        keyed = [self._keyed(group) for group in groups]
        missing = [part for part in map(self._not_kept, keyed) if part]
        if missing:
            asked = [list(part.values()) for part in missing]
            batch_size = self._config.train.batch_size
            found = losses_after_prompts(self._torch.network, asked, batch_size)
            for part, losses in zip(missing, found, strict=True):
                self._keep(part, losses)
        return [self._of(group) for group in keyed]

    def reply(
        self, batch: list[list[Turn]], drawn: Sampling, max_tokens: int, seed: int
    ) -> list[Reply]:
        """One answer to each conversation, by the runtime or the server that the bot answers with.

        Of a server nothing is kept: it may have another base by the next night.
        """
        if self._config.engine.server:
            return self._answered(batch, drawn, max_tokens, seed)
        prompts = [self.format.render(turns) for turns in batch]
        key = digest_of(self._digest, prompts, drawn.temperature, drawn.top_p, max_tokens, seed)
        found = self._kept.replies.get(key)
        if found is None or len(found) != len(batch):
            found = self._answered(batch, drawn, max_tokens, seed)
            self._kept.replies.put(key, found)
        return found

    def drop_quick(self) -> None:
        """No more replies are asked for: what answered has weights of its own."""
        if not self._scored_there:
            self.close()

    def close(self) -> None:
        """A server need not keep it any more. Asked again, it is brought there again."""
        self._asked.close()
        vars(self).pop("_quick", None)

    def _answered(
        self, batch: list[list[Turn]], drawn: Sampling, max_tokens: int, seed: int
    ) -> list[Reply]:
        model = self._quick
        return model.generate(
            batch, max_tokens, drawn.temperature, drawn.top_p, seed, model.candidates
        )

    @cached_property
    def _torch(self) -> TorchModel:
        """With the weights that friends are answered with: a loss is of the same voice."""
        model = load_torch_model(self._config, self._adapter_dir)
        if not self._config.engine.server and answers_in_8_bits(model, self._config):
            round_to_8_bits(model.network)
        return model

    @cached_property
    def _quick(self) -> LoadedModel:
        # Of several answers at once the bot's runtime makes the judge's cheap as well.
        return self._asked.enter_context(
            what_answers(
                self._config, self._adapter_dir, lambda: fastest(self._torch, self._config)
            )
        )

    @cached_property
    def _digest(self) -> str:
        """Of what can't be read nothing is kept; why is told when it is loaded."""
        try:
            return model_digest(self._config, self._adapter_dir)
        except OSError:
            return secrets.token_hex()

    def _keyed(self, sequences: Sequence[Encoded]) -> list[tuple[str, Encoded]]:
        return [
            (digest_of(self._digest, each["input_ids"], each["labels"]), each) for each in sequences
        ]

    def _not_kept(self, keyed: Sequence[tuple[str, Encoded]]) -> dict[str, Encoded]:
        return {key: each for key, each in keyed if self._kept.losses.get(key) is None}

    def _keep(self, asked: Mapping[str, Encoded], found: Sequence[Loss]) -> None:
        for key, loss in zip(asked, found, strict=True):
            self._kept.losses.put(key, loss)

    def _of(self, keyed: Sequence[tuple[str, Encoded]]) -> list[Loss]:
        return [self._kept.losses.asked[key] for key, _ in keyed]
