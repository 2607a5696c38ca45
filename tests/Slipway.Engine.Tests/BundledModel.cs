namespace Slipway.Engine.Tests;

/// <summary>The model that the repository carries.</summary>
internal static class BundledModel
{
    public static string Find()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Slipway.slnx")))
        {
            root = root.Parent;
        }
        return Path.Combine(root.FullName, "models", "slipway-tiny", "slipway-tiny-q8_0.gguf");
    }
}
