"""WeChat through a wechaty gateway."""
