using System.Runtime.InteropServices;

namespace Slipway.Server.Platform.Files;

/// <summary>Files that stand in several folders and on the disk once.</summary>
internal static partial class SharedFile
{
    /// <summary>A copy of its own, replaced whole where there is one.</summary>
    public static void Copy(string source, string target)
    {
        var draft = $"{target}.{Guid.NewGuid():N}";
        File.Copy(source, draft);
        File.Move(draft, target, overwrite: true);
    }

    /// <summary>
    /// Gives a file another name: the same bytes on the same disk, a pointer from another one. Returns at once, however large it is.
    /// </summary>
    public static void Link(string source, string target)
    {
        if (File.Exists(target) || new FileInfo(target).LinkTarget is not null)
        {
            return;
        }
        if (OperatingSystem.IsWindows() || HardLink(source, target) != 0)
        {
            File.CreateSymbolicLink(target, Path.GetFullPath(source));
        }
    }

    /// <summary>The same for all files of a folder and those below it. Pointers to elsewhere are left out: they may be anybody's; pipes and the like too.</summary>
    public static void LinkTree(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var entry in new DirectoryInfo(source).EnumerateFileSystemInfos())
        {
            var name = Path.Combine(target, entry.Name);
            if (entry is DirectoryInfo { LinkTarget: null })
            {
                LinkTree(entry.FullName, name);
            }
            else if (entry is FileInfo { LinkTarget: null } && IsPlain(entry.FullName))
            {
                Link(entry.FullName, name);
            }
        }
    }

    private static bool IsPlain(string path)
    {
        using var file = PlainFile.TryOpen(path);
        return file is not null;
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int HardLink(string existing, string name);
}
