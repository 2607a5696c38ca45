using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving.Formats;

/// <summary>What is said about formats, in both languages.</summary>
internal static class FormatSentences
{
    public static Sentence NotThere(string model, WeightFormat format, ModelFormats formats)
    {
        var known = string.Join(", ", formats.All.Where(one => one.Format != WeightFormat.Fp32).Select(one => one.Format.Name()));
        return new(
            $"模型“{model}”没有 {format.Name()} 格式，也无法由现有文件生成；可用的格式：{known}。{formats.Current.Format.Name()} 继续服务。",
            $"The model '{model}' is not there in {format.Name()}, and what is there cannot be made into it; its formats are: {known}. "
            + $"{formats.Current.Format.Name()} goes on serving.");
    }

    public static Sentence NoRoom(StoredFormat wanted, StoredFormat current, long left)
    {
        var (bytes, missing) = (wanted.Bytes, wanted.Bytes - left);
        return new(
            FormattableString.Invariant($"{wanted.Format.Name()} 的权重占 {bytes:N0} 字节，需与 {current.Format.Name()} 同时放入内存，而可用内存只有 {left:N0} 字节，还缺 {missing:N0} 字节；{current.Format.Name()} 继续服务。"),
            FormattableString.Invariant($"The weights in {wanted.Format.Name()} take {bytes:N0} bytes beside those in {current.Format.Name()}, and {left:N0} bytes of memory are left: {missing:N0} are missing. {current.Format.Name()} goes on serving."));
    }

    public static Sentence Cancelled(WeightFormat format) => new(
        $"切换到 {format.Name()} 已被取消；原来的权重继续服务。",
        $"The switch to {format.Name()} was cancelled; the weights in use go on serving.");

    // The data folder's path is not for every client to know.
    public static Sentence NotMade(StoredFormat wanted, Exception exception)
    {
        return exception is UnauthorizedAccessException or DirectoryNotFoundException
            ? new(
                $"无法生成 {wanted.Format.Name()} 格式：数据文件夹的 formats/ 无法写入。",
                $"The format {wanted.Format.Name()} could not be made: formats/ of the data folder cannot be written.")
            : new(
                $"无法生成 {wanted.Format.Name()} 格式：{WithoutFolders(exception.Message)}",
                $"The format {wanted.Format.Name()} could not be made: {WithoutFolders(exception.Message)}");
    }

    private static string WithoutFolders(string message) => string.Concat(message.Split('\'').Select((part, at) =>
        at % 2 == 0 ? part : $"'{(Path.IsPathFullyQualified(part) ? Path.GetFileName(part) : part)}'"));
}
