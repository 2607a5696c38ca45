namespace Slipway.Engine.Tests.Tokenizers;

/// <summary>Reference data beside the checkout, which a bare checkout does not have.</summary>
internal static class ReferenceFiles
{
    /// <summary>The path of a file under <c>../shared/data</c>; skips the test where it is absent.</summary>
    public static string Find(params string[] parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent;
        }

        var path = folder?.Parent is { } parent ? Path.Combine([parent.FullName, "shared", "data", .. parts]) : null;
        Assert.SkipUnless(File.Exists(path), $"No reference data beside the checkout: {string.Join('/', parts)}");
        return path!;
    }
}
