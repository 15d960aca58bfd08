"""The WeChat channel: official accounts (服务号)."""
