"""What serves the metrics of a platform is told at start (`FABRIQUES_MONITORING_…`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.home.plan import HOST, METRICS_PORT


class MonitoringSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FABRIQUES_MONITORING_", frozen=True)

    host: str = HOST
    port: int = Field(default=METRICS_PORT, ge=0, le=65535)
