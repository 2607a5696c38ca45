namespace Slipway.Engine.Tests.Tokenizers;

/// <summary>Files that tests read: those of the checkout, and reference data beside it, which a bare checkout does not have.</summary>
internal static class ReferenceFiles
{
    private static readonly string Checkout = FindCheckout();

    /// <summary>The path of a file under <c>../shared/data</c>; skips the test where it is absent.</summary>
    public static string Find(params string[] parts)
    {
        var path = Path.Combine([Checkout, "..", "shared", "data", .. parts]);
        Assert.SkipUnless(File.Exists(path), $"No reference data beside the checkout: {string.Join('/', parts)}");
        return path;
    }

    /// <summary>The path of a file in the folder of this project.</summary>
    public static string InTests(params string[] parts) => Path.Combine([Checkout, "tests", "Slipway.Engine.Tests", .. parts]);

    private static string FindCheckout()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No Slipway.slnx above {AppContext.BaseDirectory}.");
    }
}
