"""For `pytest --nbval-lax notebooks`: kernels encrypt their channels, or do not start."""

from jupyter_client import KernelManager

KernelManager.transport_encryption.default_value = "required"
