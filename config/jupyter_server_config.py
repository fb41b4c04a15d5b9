"""JupyterLab as `make lab` starts it: kernels talk over encrypted channels, and nothing asks the outside."""

c = get_config()  # noqa: F821 - given by the loader of traitlets

# Without this a second process on the machine can read, without a key, what a kernel prints.
c.KernelManager.transport_encryption = "required"
c.AsyncKernelManager.transport_encryption = "required"

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_root = True  # in a container there is often nobody else
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
