using System.Diagnostics;
using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

/// <summary>The script under the shells that containers have.</summary>
public sealed class WrapperTests
{
    private static readonly string[] Tools = ["sh", "mkdir", "mv", "setsid", "sleep", "env", "sync", "printf"];

    [Theory]
    [InlineData("dash", "exit 42", "42")]
    [InlineData("dash", "kill -9 $$", "137")]
    [InlineData("bash", "exit 5", "5")]
    [InlineData("bash", "kill -TERM $$", "143")]
    [InlineData("busybox", "exit 42", "42")]
    [InlineData("busybox", "kill -9 $$", "137")]
    public async Task The_code_is_written_under_every_shell(string shell, string script, string code)
    {
        await using var site = new ProcessSite();
        var path = ToolsOf(shell, site.FolderOf("tools"));
        var order = site.Order("a");
        new ProcessFolder(order.Folder).Prepare(order.OutputFile);

        var start = new ProcessStartInfo(Path.Combine(path, "sh"));
        start.Environment["PATH"] = path;
        foreach (var argument in (string[])[Path.Combine(order.Folder, "wrapper.sh"), order.Folder, order.OutputFile, "sh", "-c", script])
        {
            start.ArgumentList.Add(argument);
        }
        using var wrapper = Process.Start(start)!;
        await wrapper.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(code, File.ReadAllText(Path.Combine(order.Folder, "exit")).Trim());
        Assert.Equal("", site.OutputOf("a"));
    }

    /// <summary>A folder with nothing in it but the tools that the script needs, and the shell as <c>sh</c>.</summary>
    private static string ToolsOf(string shell, string folder)
    {
        string[] places = ["/bin", "/usr/bin", "/sbin", "/usr/sbin"];
        var program = places.Select(place => Path.Combine(place, shell)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, $"There is no {shell} here.");
        Directory.CreateDirectory(folder);
        foreach (var tool in Tools)
        {
            var target = tool == "sh" || shell == "busybox" ? program : places.Select(place => Path.Combine(place, tool)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(folder, tool), target);
        }
        return folder;
    }
}
