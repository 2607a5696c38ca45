namespace Slipway.Engine.Formats;

/// <summary>Files that appear whole: written beside, synced, renamed.</summary>
internal static class WholeFile
{
    /// <param name="path">Holds the old file until the new one is on the disk.</param>
    /// <param name="write">Writes all of the file. When it throws, nothing has changed.</param>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        var partial = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
